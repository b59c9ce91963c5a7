"""The SCIM client: one asynchronous directory over httpx."""
