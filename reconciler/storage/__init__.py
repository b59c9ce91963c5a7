"""Files and databases: manifests, plan files, the state store."""
