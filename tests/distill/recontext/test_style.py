from __future__ import annotations

from empa_graph.distill.recontext.compose import Made, by_templates
from empa_graph.distill.recontext.style import Style, style, written
from tests.distill.recontext.parts import RUBRIC, profile, source

TYPOS = {"because": "becuase"}
PLAIN = Style(0.0, 0.0, 0.0, 0.0, 20, 40)


def test_figures_are_counted_over_the_persons_messages_alone():
    found = style(source("c", "i dont know becuase", "it is late. dont ask", "Yes."), TYPOS)
    assert (round(found.small_letters, 2), round(found.open_ends, 2), found.bare) == (0.67, 0.67, 1.0)
    assert (found.misspelt, found.middle, found.most) == (1.0, 4, 5)
    assert found.terse


def test_a_line_is_written_as_the_figures_have_it():
    loose = PLAIN._replace(small_letters=1.0, open_ends=1.0, bare=1.0)
    assert written("I don't know. It's late.", loose, TYPOS, seed=1) == "i dont know. its late"
    assert written("I don't know.", PLAIN, TYPOS, seed=1) == "I don't know."


def test_a_misspelling_comes_in_some_lines_and_the_same_ones_each_time():
    sloppy = PLAIN._replace(misspelt=0.5)
    lines = [f"It is because of {number}." for number in range(30)]
    found = [written(line, sloppy, TYPOS, seed=1) for line in lines]
    assert 0 < sum("becuase" in line for line in found) < 30
    assert found == [written(line, sloppy, TYPOS, seed=1) for line in lines]


def test_a_card_writes_as_its_source_did():
    found = by_templates(source("c", "i dont know", "its late and i cant sleep", "no"), profile(), RUBRIC, seed=1)
    assert isinstance(found, Made)
    assert all(line.text == line.text.lower() for line in found.card.goals[0].openings)
    assert "in small letters" in found.card.voice.diction
    assert found.card.voice.reply_words == (3, 45)


def test_an_empty_message_breaks_nothing():
    assert style(source("c", "", " "), TYPOS).middle == 20
