"""What resources can hold on a platform: RFC 7643's schemas, or the discovered ones, as the profile corrects them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from reconciler.platforms.profile import AttributeProfile, GroupProfile, Profile, UserProfile
from reconciler.scim.attributes import Attribute, Extension, ResourceSchema, by_name
from reconciler.scim.paths import Path, parse_path
from reconciler.scim.rfc7643 import RFC_GROUP, RFC_USER

RFC_SCHEMAS: Mapping[str, ResourceSchema] = {"User": RFC_USER, "Group": RFC_GROUP}


def platform_schemas(
    profile: Profile, discovered: Mapping[str, ResourceSchema] = RFC_SCHEMAS, custom: str | None = None
) -> dict[str, ResourceSchema]:
    """The schemas of "User" and "Group". `custom`: the URN of an extension that holds whatever it is given.

    Where the profile's list of attributes is closed, discovery is not asked, but for the types of custom attributes.
    """
    user = _schema(profile.users, discovered["User"], RFC_USER)
    if not profile.users.rename:
        user = _with_immutable(user, "username")
    if custom is not None:
        known = discovered["User"].extensions.get(custom.lower(), Extension(custom))
        user = user.with_extension(Extension(custom, known.attributes, open=True))
    group = discovered["Group"] if profile.groups is None else _schema(profile.groups, discovered["Group"], RFC_GROUP)
    return {"User": user, "Group": group}


def _schema(side: UserProfile | GroupProfile, discovered: ResourceSchema, rfc: ResourceSchema) -> ResourceSchema:
    base = rfc if side.closed else discovered
    extensions = _extensions(side, base)
    attributes = {} if side.closed else dict(base.attributes)
    for text, own in side.attributes.items():
        path = parse_path(text)
        corrected = _corrected(path, base.parent(replace(path, sub=None)), own)
        if path.urn is None:
            attributes[path.attribute.lower()] = corrected
        else:
            known = extensions.get(path.urn.lower(), Extension(path.urn))
            found = {**known.attributes, path.attribute.lower(): corrected}
            extensions[path.urn.lower()] = replace(known, attributes=found)
    return replace(base, attributes=attributes, extensions=extensions)


def _extensions(side: UserProfile | GroupProfile, base: ResourceSchema) -> dict[str, Extension]:
    if side.closed:
        return {}
    named = side.extensions if isinstance(side, UserProfile) else None
    if named is None:
        return dict(base.extensions)
    return {each.lower(): base.extensions.get(each.lower(), Extension(each)) for each in named}


def _corrected(path: Path, known: Attribute | None, own: AttributeProfile) -> Attribute:
    """The RFC's or the endpoint's definition with what the profile says otherwise."""
    attribute = known or Attribute(path.attribute)
    if own.type is not None:
        attribute = Attribute(path.attribute, own.type)
    return replace(
        attribute,
        required=own.required or attribute.required,
        mutability="immutable" if own.immutable else "writeOnly" if own.write_only else attribute.mutability,
        returned="never" if own.write_only else attribute.returned,
        case_exact=attribute.case_exact if own.case is None else own.case == "exact",
        uniqueness="server" if own.unique else attribute.uniqueness,
        own_domain=own.own_domain is not None,
        sub_attributes=_subs(attribute, own),
    )


def _subs(attribute: Attribute, own: AttributeProfile) -> Mapping[str, Attribute]:
    names = own.sub or tuple(each.name for each in attribute.sub_attributes.values())
    subs = [attribute.sub(name) or Attribute(name) for name in names]
    required = {name.lower() for name in own.required_sub}
    exact = None if own.case is None else own.case == "exact"
    return by_name(
        replace(
            each,
            required=each.required or each.name.lower() in required,
            case_exact=each.case_exact if exact is None else exact,
        )
        for each in subs
    )


def _with_immutable(schema: ResourceSchema, name: str) -> ResourceSchema:
    attribute = schema.attributes.get(name)
    if attribute is None:
        return schema
    return replace(schema, attributes={**schema.attributes, name: replace(attribute, mutability="immutable")})
