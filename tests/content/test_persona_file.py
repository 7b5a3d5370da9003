from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, strategies as st

from empa_graph.content.library import load_persona, persona_files
from empa_graph.content.loading import load_model
from empa_graph.content.persona_file import write_persona
from empa_graph.empa_import.chinese_text import clean
from empa_graph.errors import UsageError
from empa_graph.models.persona import Persona

BUNDLED = [load_persona(path) for path in persona_files()]


@pytest.mark.parametrize("persona", BUNDLED, ids=lambda persona: persona.id)
def test_a_written_persona_reads_back_as_it_was(tmp_path: Path, persona: Persona):
    file = write_persona(persona, tmp_path / "new", header="# A comment.\n")
    assert file.name == f"{persona.id}.yaml"
    assert load_model(file, Persona) == persona


@given(text=st.text(min_size=1).map(clean).filter(str.strip))
def test_any_clean_text_reads_back_as_it_was(tmp_path_factory: pytest.TempPathFactory, text: str):
    persona = BUNDLED[0].model_copy(update={"summary": text.strip()[:2_000].strip()})
    file = write_persona(persona, tmp_path_factory.mktemp("cards"))
    assert load_model(file, Persona).summary == persona.summary


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path):
    (tmp_path / "file").touch()
    with pytest.raises(UsageError, match="cannot be written"):
        write_persona(BUNDLED[0], tmp_path / "file")
