"""The rules as machine code, where somebody had them compiled (`make compile`): the same modules, the same answers, less work.

They lie apart from their sources, in a folder of this Python's environment that is named by a checksum of all they were made of.
They are taken only while that checksum is the sources' own: an edited rule runs interpreted at once.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
from collections.abc import Mapping, Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import EXTENSION_SUFFIXES, ModuleSpec
from importlib.util import spec_from_file_location
from pathlib import Path
from types import ModuleType

PROJECT = Path(__file__).parent.parent
SUFFIX = EXTENSION_SUFFIXES[0]
PLACE, OFF = "GTM_COMPILED_RULES", "off"
"""An environment variable that names the folder of compiled rules, and what it says where none are to be taken."""
HOME = Path(os.environ.get(PLACE) or Path(sys.prefix) / "compiled-rules")
HOME = Path(os.devnull) if HOME.name == OFF else HOME.absolute()  # nothing can lie in the one; no chdir moves the other
MADE = "made.json"
"""A folder's list of its modules with their sizes: a folder is whole where all of them are there."""
# Beside the rules, what reads a text.
_READERS = ("language.py", "sections.py", "text.py")
# The version reads the rules' sources where it stands itself.
_NEVER_COMPILED = ("__init__.py", "version.py")
# Compiled code takes it as given that the values of these modules have the types that they had.
_TAKEN_AS_GIVEN = (
    *("extraction/data_files.py", "extraction/document.py", "extraction/evidence.py", "extraction/schema.py"),
    *("ingestion/ats/base.py", "catalog/vocabulary/values.py"),
)


class CompiledModules(MetaPathFinder):
    """Finds modules that lie compiled in a folder, before Python looks for their sources."""

    def __init__(self, files: Mapping[str, Path]) -> None:
        self._files = files

    def find_spec(self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None) -> ModuleSpec | None:
        """The module's spec, None where it is not among them."""
        file = self._files.get(fullname)
        return spec_from_file_location(fullname, file) if file else None


def sources() -> list[Path]:
    """The modules that are compiled."""
    rules = sorted((PROJECT / "extraction" / "rules").glob("*.py"))
    return [path for path in rules if path.name not in _NEVER_COMPILED] + [PROJECT / "extraction" / name for name in _READERS]


def folder() -> Path:
    """Where the compiled form of the sources as they are now lies, or would lie."""
    digest = hashlib.sha256(sys.version.encode())
    for path in (*sources(), *(PROJECT / name for name in _TAKEN_AS_GIVEN)):
        content = path.read_bytes()
        digest.update(f"\n{path.name} {len(content)}\n".encode())
        digest.update(content)
    return HOME / digest.hexdigest()[:16]


def modules_in(made: Path) -> dict[str, Path]:
    """The compiled modules of a folder and their files; none where it is not there, not whole or not ours to read."""
    try:
        sizes: dict[str, int] = json.loads((made / MADE).read_bytes())
        whole = all((made / file).stat().st_size == size for file, size in sizes.items())
    except (OSError, ValueError):
        return {}
    return {file.removesuffix(SUFFIX).replace("/", "."): made / file for file in sizes} if whole else {}


def take_compiled() -> None:
    """From now on import the compiled rules, where they are. For the package's own beginning, before any rule is imported."""
    try:
        found = modules_in(folder()) if HOME.is_dir() else {}
    except OSError:  # a folder of somebody else's
        return
    if found:
        sys.meta_path.insert(0, CompiledModules(found))


def is_compiled() -> bool:
    """Whether this process runs the compiled rules."""
    return any(isinstance(finder, CompiledModules) for finder in sys.meta_path)
