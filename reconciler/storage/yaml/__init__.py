"""Reading manifests: YAML 1.2 with the place of every node, faults instead of exceptions, limits for all."""

from reconciler.storage.yaml.loading import read_yaml

__all__ = ["read_yaml"]
