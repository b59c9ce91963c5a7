"""Documents as YAML text: JSON is YAML."""

from __future__ import annotations

import json
from typing import Any


def dump(document: Any) -> str:
    return json.dumps(document, ensure_ascii=False)
