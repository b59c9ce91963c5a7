"""The discovery documents of a platform, made of its profile, and the models that scim2-server makes of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

from scim2_models import Patch, ResourceType, Schema, ScimProvider, ServiceProviderConfig
from scim2_server.testserver.application import BEARER_TOKEN_SCHEME
from scim2_server.utils import load_default_schemas

from reconciler.platforms.profile import Profile, Shape
from reconciler.platforms.registry import load_profile
from reconciler.platforms.schemas import platform_schemas
from reconciler.sandbox.app import read_schema
from reconciler.scim import urns
from reconciler.scim.attributes import COMMON_ATTRIBUTES, Attribute, ResourceSchema


@cache
def platform_provider(platform: str, custom_namespace: str) -> ScimProvider:
    """What a platform serves. Kept: making the models takes longer than starting a sandbox."""
    profile = load_profile(platform)
    # That names stay is the rules' business: nobody says that a platform announces it.
    renaming = profile.users.model_copy(update={"rename": True})
    schemas = platform_schemas(profile.model_copy(update={"users": renaming}))
    custom = {**read_schema("extended_fields.json"), "id": custom_namespace}
    documents = [*_documents(schemas["User"]), *([custom] if profile.custom_namespace is not None else [])]
    types = [_resource_type(schemas["User"], [each["id"] for each in documents[1:]])]
    if profile.groups is not None:
        documents += _documents(schemas["Group"])
        types.append(_resource_type(schemas["Group"], []))
    return ScimProvider.from_discovery(
        [Schema.model_validate(each) for each in documents],
        [ResourceType.model_validate(each) for each in types],
        config=_config(profile),
    )


@cache
def console_provider(platform: str, custom_namespace: str) -> ScimProvider:
    """The same for the console, where a person can change single attributes whatever a client can."""
    provider = platform_provider(platform, custom_namespace)
    config = _config(load_profile(platform))
    config.patch = Patch(supported=True)
    return ScimProvider(provider.models, provider.resource_types, config)


def _documents(schema: ResourceSchema) -> list[dict[str, Any]]:
    """The schema itself and its extensions."""
    parts = [(schema.urn, schema.name, schema.attributes)]
    parts += [(each.urn, "EnterpriseUser", each.attributes) for each in schema.extensions.values()]
    return [_schema(urn, name, attributes.values()) for urn, name, attributes in parts]


def _schema(urn: str, name: str, attributes: Iterable[Attribute]) -> dict[str, Any]:
    own = [each for each in attributes if each.name.lower() not in COMMON_ATTRIBUTES]
    known = _rfc_attributes().get(urn, {})
    return {
        "schemas": [urns.SCHEMA],
        "id": urn,
        "name": name,
        "attributes": [_attribute(each, known.get(each.name.lower(), {})) for each in own],
    }


@cache
def _rfc_attributes() -> Mapping[str, Mapping[str, dict[str, Any]]]:
    """RFC 7643 §8.7.1 by URN and name."""
    schemas = [each.model_dump() for each in load_default_schemas().values()]
    return {each["id"]: _by_name(each["attributes"]) for each in schemas}


def _by_name(attributes: Iterable[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {each["name"].lower(): each for each in attributes}


def _attribute(own: Attribute, known: Mapping[str, Any]) -> dict[str, Any]:
    described: dict[str, Any] = {
        "name": own.name,
        "type": own.type,
        "multiValued": own.multi_valued,
        "required": own.required,
        "caseExact": own.case_exact,
        "mutability": own.mutability,
        "returned": own.returned,
        "uniqueness": own.uniqueness,
    }
    if own.type == "reference":
        described["referenceTypes"] = known.get("referenceTypes") or ["external"]
    if own.sub_attributes:
        subs = _by_name(known.get("subAttributes") or ())
        described["subAttributes"] = [
            _attribute(each, subs.get(each.name.lower(), {})) for each in own.sub_attributes.values()
        ]
    return described


def _resource_type(schema: ResourceSchema, extensions: Iterable[str]) -> dict[str, Any]:
    return {
        "schemas": [urns.RESOURCE_TYPE],
        "id": schema.name,
        "name": schema.name,
        "endpoint": f"/{schema.name}s",
        "schema": schema.urn,
        "schemaExtensions": [{"schema": each, "required": False} for each in extensions],
    }


def _config(profile: Profile) -> ServiceProviderConfig:
    shapes = {*profile.users.updates, *(profile.groups.updates if profile.groups is not None else ())}
    document = {
        "schemas": [urns.SERVICE_PROVIDER_CONFIG],
        "patch": {"supported": bool(shapes & {Shape.PATCH, Shape.PATCH_WITHOUT_PATH})},
        "bulk": {"supported": False, "maxOperations": 0, "maxPayloadSize": 0},
        "filter": {"supported": True, "maxResults": profile.listing.page_size},
        "changePassword": {"supported": False},
        "sort": {"supported": False},
        "etag": {"supported": bool(profile.etag)},
    }
    config = ServiceProviderConfig.model_validate(document)
    config.authentication_schemes = [BEARER_TOKEN_SCHEME]
    return config
