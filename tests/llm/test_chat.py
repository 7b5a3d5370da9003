from __future__ import annotations

import subprocess
import sys

import pytest
from pydantic import ValidationError

from empa_graph.llm import ChatParameters


@pytest.mark.parametrize(
    "wrong", [{"temperature": 2.1}, {"temperature": -0.1}, {"max_tokens": 0}, {"timeout": 0}, {"tmperature": 1}]
)
def test_parameters_out_of_range_are_refused(wrong: dict[str, float]):
    with pytest.raises(ValidationError):
        ChatParameters.model_validate(wrong)


def test_importing_the_package_loads_no_client():
    code = (
        "import sys, empa_graph.llm\n"
        "heavy = {'langchain_core', 'langchain_openai', 'openai', 'aiohttp', 'xllamacpp', 'langgraph'}\n"
        "raise SystemExit(', '.join(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stderr.strip() == ""
