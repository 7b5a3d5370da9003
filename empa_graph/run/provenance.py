"""What a run stands on: its content and models, packages, the revision of its folder, code of its agents, the machine.

Rule: hashes, names and counts only; no path, no host, no user.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import os
import platform
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from empa_graph.content.library import content_hashes, support_hashes
from empa_graph.content.registry import REGISTRY
from empa_graph.cues.minilm import MiniLM
from empa_graph.cues.nearness import embedding_hash
from empa_graph.cues.sentence_vectors import vectors_hash
from empa_graph.llm.fingerprint import shown_model
from empa_graph.llm.local import fingerprint
from empa_graph.llm.providers import PACKAGES
from empa_graph.llm.resolve import is_local, local_files
from empa_graph.models.persona import Scenario
from empa_graph.models.rubric import Rubric
from empa_graph.models.run import Run
from empa_graph.roles.empathic.attribute import is_file, load_attribute, load_module, module_name
from empa_graph.roles.empathic.instructions import prompt_hashes
from empa_graph.roles.empathic.langgraph_file import entry
from empa_graph.roles.evaluator.offline import WITH_MINILM, heads_hashes
from empa_graph.roles.evaluator.support_judge import SEAT
from empa_graph.roles.redaction import load_redaction
from empa_graph.roles.specs import EVALUATORS
from empa_graph.run.beside import INSTALLED, OWN, beside

SOURCES = frozenset({".py", ".md", ".txt", ".yaml", ".yml", ".toml", ".json", ".j2", ".jinja"})
"""The files of a package that say what it does: its code, and the prompts and settings beside it."""
MOST_FILES = 5_000
"""Source files of one package that are hashed; in a larger one only the agent's own module is."""
_PACKAGES = ("empa-graph", "langgraph", "aiohttp", "numpy", "pydantic", "xllamacpp", "tokenizers")
_GIT_WAIT = 5.0
_HEX = frozenset("0123456789abcdef")


def versions(models: Iterable[str | None] = ()) -> dict[str, str]:
    """Return the versions of Python and of the packages that a run with ``models`` stands on."""
    found = {"python": platform.python_version()}
    providers = {PACKAGES[name] for model in models if model and (name := model.partition(":")[0]) in PACKAGES}
    for package in (*_PACKAGES, *(("langchain", "langchain-core", *sorted(providers)) if providers else ())):
        try:
            found[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found


def run_hashes(run: Run, scenarios: Iterable[Scenario], rubric: Rubric) -> dict[str, str]:
    """Return SHA-256, by name, of all content that ``run`` stands on.

    That is personas, rubric, prompts, redaction rules, the heads that code, the embedding, a registered evaluator, and
    the weights and adapters of local models.
    """
    config = run.config
    seats = {"empathic": config.agent.spec, "voice": config.persona.voice, "director": config.director or ""}
    seats |= {"voice_check": config.persona.voice_check or "", SEAT: config.evaluator.support_judge or ""}
    seats |= {f"judge:{shown_model(judge)}": judge for judge in config.evaluator.judges}
    found = {f"weights:{seat}": fingerprint(local_files(spec)) for seat, spec in seats.items() if is_local(spec)}
    found = content_hashes(scenarios, rubric) | found | heads_hashes(config.evaluator.name) | vectors_hash()
    if config.store.redaction:
        found["redaction"] = load_redaction(config.store.redaction).sha256
    if config.evaluator.support_judge is not None:
        found |= support_hashes()
    if config.evaluator.name == WITH_MINILM or config.persona.nearness == "sentences":
        found |= embedding_hash(MiniLM.name, MiniLM.sha256)
    if config.evaluator.name not in EVALUATORS and "evaluator" not in run.handed:
        found |= evaluator_hash(config.evaluator.name)
    voiced, directed = config.persona.voice != "card", config.director not in (None, "rules")
    checked = config.persona.voice_check is not None
    return found | prompt_hashes(config.suite.variants, voiced=voiced, voice_checked=checked, directed=directed)


def git_revision(folder: Path) -> str | None:
    """Return the short hash of ``folder``'s commit, with ``+`` when tracked files differ from it.

    None outside a repository, before its first commit, and without git.
    """
    revision = _git(folder, "rev-parse", "--short=12", "HEAD")
    if not revision or not set(revision) <= _HEX:
        return None
    changed = _git(folder, "status", "--porcelain", "--untracked-files=no")
    return None if changed is None else revision + ("+" if changed else "")


def _git(folder: Path, *words: str) -> str | None:
    # A repository can name a program that git starts to look for changes; a look at it runs nothing of its own.
    command = ["git", "--no-optional-locks", "-c", "core.fsmonitor=false", "-C", str(folder), *words]
    try:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, timeout=_GIT_WAIT, check=False, text=True
        )
    except (OSError, ValueError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() if done.returncode == 0 else None


def code_hashes(specs: Iterable[str], modules: Iterable[str] = ()) -> dict[str, str]:
    """Return SHA-256 of the source behind each ``module:attribute`` of ``specs``, by module, package or file.

    So it is done for ``modules``, names of modules and files; a ``langgraph.json`` counts with the code it names.

    That is the whole top-level package of the module, and of the module that defines the attribute; of an installed
    package the one module, since its version stands in the manifest. The standard library and this package are left
    out. What a module that is not installed imports from beside it, or its package, counts file by file. Raises
    UsageError for a name that leads nowhere.
    """
    found: dict[str, str] = {}
    folders_of: dict[str, tuple[Path, ...]] = {}
    for spec in dict.fromkeys(specs):
        attribute = load_attribute(spec)
        listed = entry(spec, where="--empathic")
        if listed is not None:
            found[str(listed.file)] = _digest([(listed.file.name, listed.file)])
        named = (listed.code if listed else spec).rpartition(":")[0]
        defining = getattr(attribute, "__module__", None)
        found.update(_hashed_module(named))
        folders_of[named] = listed.folders if listed else ()
        if isinstance(defining, str) and defining != module_name(named) and not _is_installed(defining):
            found.update(_hashed(defining))
    for name in dict.fromkeys(modules):
        load_module(name, where="--import")
        found.update(_hashed_module(name))
        folders_of.setdefault(name, ())
    for name, folders in folders_of.items():
        found = _hashed_beside(name, folders, known=found) | found
    return dict(sorted(found.items()))


def evaluator_hash(name: str) -> dict[str, str]:
    """Return SHA-256 of the source of a registered evaluator, its whole package where it has one; none that lies in
    no file. Raises NotFoundError.
    """
    module = getattr(REGISTRY.find("evaluator", name), "__module__", None)
    found = _hashed(module) if isinstance(module, str) else {}
    return {f"evaluator:{name}": digest for digest in found.values()}


def platform_facts() -> dict[str, str]:
    """Return system, machine, processor count and Python implementation."""
    return {
        "system": platform.system(),
        "machine": platform.machine(),
        "processors": str(os.cpu_count() or "unknown"),
        "implementation": platform.python_implementation(),
    }


def _hashed_module(name: str) -> dict[str, str]:
    return _hashed_file(name) if is_file(name) else _hashed(name)


def _hashed(module: str) -> dict[str, str]:
    top = module.partition(".")[0]
    if top in sys.stdlib_module_names or top in (OWN, "__main__"):
        return {}
    folders = [] if _is_installed(module) else [Path(place) for place in getattr(sys.modules.get(top), "__path__", ())]
    files = sorted((file.relative_to(folder).as_posix(), file) for folder in folders for file in _sources(folder))
    if 0 < len(files) <= MOST_FILES:
        return {top: _digest(files)}
    own = _file(module)
    return {} if own is None else {module: _digest([(own.name, own)])}


def _hashed_file(file: str) -> dict[str, str]:
    name = module_name(file)
    package = list(_hashed(name).values()) if "." in name else []
    return {file: package[0] if package else _digest([(Path(file).name, Path(file))])}


def _hashed_beside(name: str, folders: Iterable[Path], *, known: Mapping[str, str]) -> dict[str, str]:
    """Return what ``name`` imports from beside it but for what is ``known``, by file or module as ``name`` is one."""
    module = module_name(name)
    own = Path(name) if is_file(name) else _file(module)
    if own is None or _is_installed(module):
        return {}
    hashed = {module.partition(".")[0], *known}
    found = beside(own, module, folders).items()
    new = {imported: file for imported, file in found if hashed.isdisjoint((imported, imported.partition(".")[0]))}
    folder = own.resolve().parent
    shown = {m: os.path.normpath(Path(name).parent / os.path.relpath(file, folder)) for m, file in new.items()}
    return {shown[m] if is_file(name) else m: _digest([(file.name, file)]) for m, file in new.items()}


def _file(module: str) -> Path | None:
    name = getattr(sys.modules.get(module), "__file__", None)
    return Path(name) if isinstance(name, str) and Path(name).is_file() else None


def _is_installed(module: str) -> bool:
    own = _file(module)
    return own is not None and not INSTALLED.isdisjoint(own.parts)


def _sources(folder: Path) -> Iterator[Path]:
    for place, inner, names in os.walk(folder):
        inner[:] = sorted(name for name in inner if name != "__pycache__" and not name.startswith("."))
        for name in names:
            file = Path(place, name)
            if file.suffix in SOURCES and not name.startswith(".") and file.is_file():
                yield file


def _digest(files: Iterable[tuple[str, Path]]) -> str:
    """Return SHA-256 over names and contents, each with its length, so that none can run into the next."""
    whole = hashlib.sha256()
    for name, file in files:
        content = file.read_bytes()
        whole.update(f"{len(name.encode())} {len(content)}\n{name}\n".encode())
        whole.update(content)
    return whole.hexdigest()
