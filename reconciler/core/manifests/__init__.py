"""The manifest language: what may be written, checked file by file, and merged into one tree."""

from reconciler.core.manifests.custom import check_custom
from reconciler.core.manifests.extending import layers_of, resolve_target, setting_mark
from reconciler.core.manifests.merging import Entry, Manifests, merge_parts
from reconciler.core.manifests.reading import ManifestPart, ManifestSource, read_document
from reconciler.core.manifests.rules import RULES, Rule
from reconciler.core.manifests.sections import CustomField, Settings
from reconciler.core.manifests.targets import TargetSettings

__all__ = [
    "RULES",
    "CustomField",
    "Entry",
    "ManifestPart",
    "ManifestSource",
    "Manifests",
    "Rule",
    "Settings",
    "TargetSettings",
    "check_custom",
    "layers_of",
    "merge_parts",
    "read_document",
    "resolve_target",
    "setting_mark",
]
