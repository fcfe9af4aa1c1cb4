"""Writes the JSON Schemas of the OCSF classes that Moorwatch sends to the directory named: `schemas.py test/fixtures/ocsf`.

Needs the packages ocsf-json-schema==1.2.0 (MIT; the schema in it: Apache-2.0). Words for people are left out; every enumeration gets
`sibling`, the attribute beside it and the captions that belong in it, which JSON Schema has no word for.
"""

import json
import sys
from pathlib import Path

from ocsf_json_schema import OcsfJsonSchemaEmbedded, get_ocsf_schema

VERSION = "1.8.0"
CLASSES = {"detection_finding": ["container", "host"], "incident_finding": ["container", "host", "incident"]}
COMMENT = (
    f"Open Cybersecurity Schema Framework {VERSION}, Apache License 2.0 (https://github.com/ocsf/ocsf-schema); "
    "made by test/support/ocsf/schemas.py with ocsf-json-schema 1.2.0"
)
source = get_ocsf_schema(version=VERSION)
embedded = OcsfJsonSchemaEmbedded(source)


def bare(value, is_properties=False):
    """Without titles and descriptions; attributes may have those names."""
    if isinstance(value, list):
        return [bare(item) for item in value]
    if not isinstance(value, dict):
        return value
    kept = {k: v for k, v in value.items() if is_properties or k not in ("title", "description")}
    return {k: bare(v, not is_properties and k in ("properties", "$defs")) for k, v in kept.items()}


def with_siblings(schema, attributes):
    for name, attribute in attributes.items():
        if name in schema.get("properties", {}) and "enum" in attribute and "sibling" in attribute:
            captions = {number: one["caption"] for number, one in attribute["enum"].items()}
            schema["properties"][name]["sibling"] = {"name": attribute["sibling"], "captions": captions}


for name, profiles in CLASSES.items():
    schema = bare(embedded.get_class_schema(name, profiles=profiles))
    with_siblings(schema, source["classes"][name]["attributes"])
    for definition, content in schema["$defs"].items():
        if definition in source["objects"]:
            with_siblings(content, source["objects"][definition]["attributes"])
    text = json.dumps({"$comment": COMMENT, **schema}, indent=None, separators=(",", ":"), ensure_ascii=False)
    (Path(sys.argv[1]) / f"{name}.json").write_text(f"{text}\n")
