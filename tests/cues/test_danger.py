from __future__ import annotations

import subprocess
import sys

import pytest

from empa_graph.cues.danger import hinted, tells_of_danger

DANGER = (
    "I took the tablets an hour ago",
    "i swallowed all my mums pills",
    "ive taken 30 paracetamol, about an hour ago",
    "gonna kms",
    "honestly might kms tonight",
    "I've written goodbye letters to the kids",
    "the letters are written. one for each of them, goodbye ones",
    "I bought a rope yesterday",
    "it's not a life worth living",
    "My life isn't worth living anymore",
    "Im a burden to everyone",
    "I'm just a burden on my family",
    "I started cutting again",
    "I self-harmed again last night",
    "he said he'd kill me if I left",
    "My husband threatened to kill me",
    "he said hes going to kill me and the kids",
    "I shook the baby",
    "I nearly shook her when she wouldn't stop crying",
    "I dont want to be here anymore",
    "I dont know what ill do tonight if im alone",
    "I think of dying. Every evening now.",
    "dont see the point of being alive",
    "I am going to end it tonight",
    "I'm thinking of driving into a tree",
    "I have a plan and a date",
    "everyone would be better off if I was gone",
    "I hit my head against the wall until it bleeds",
    "He had his hands round my throat",
    "I've stopped eating, I want to fade away",
    "I'm standing on the bridge",
    "Ive been saving up my tablets",
    "I fell asleep at the wheel coming home",
    "I could hurt somebody, I mean it",
    "I am afraid I will do something to my mother",
    "I just want to sleep and not wake up",
    "I wish I'd never been born",
    "nobody would miss me if i died",
    "I don't want to go on like this.",
    "I'd rather be dead.",
    "They are better off without me.",
    "It would be easier for everyone if I was not here.",
    "I can't imagine a tomorrow.",
    "I am not safe tonight.",
    "I hope for not waking up.",
)
HARMLESS = (
    "I want to end it with my boyfriend",
    "I cut myself shaving",
    "this deadline is killing me",
    "I could murder a curry",
    "My feet are killing me",
    "I'd die for a coffee",
    "I was dying of laughter",
    "My phone is dead",
    "I'm dying to know what she said",
    "she'll kill me when she sees the carpet",
    "My grandmother died in March",
    "He died by suicide when I was twelve",
    "I hurt my knee at football",
    "I'll end the call here",
    "I took two paracetamol for my head",
    "I shook his hand and left",
    "Cutting the grass took all day",
    "I can't live without coffee",
    "We're not safe to fly with that tyre",
    "I killed it in the interview",
    "The exam nearly killed me",
    "I'm dead tired",
    "Dad says he would never hurt anyone",
    "I want a second brain",
    "that joke slayed me",
    "we ended things last night",
    "Kill the lights please",
    "I could kill him for forgetting the milk",
    "I burned my hand on the oven",
    "I took my tablets this morning as always",
    "I left a note for the cleaner",
    "The patient wanted to die and we let her talk",
    "I am tired of being the strong one",
    "I wanted the ground to swallow me",
    "It feels like a burden, this house",
    "I've been cutting back on sugar",
    "what is the point of this meeting",
    "I'm worth more than this job",
    "I missed the bus home.",
    "I am scared that I will fail.",
    "I don't want to go on holiday with them.",
    "The ladder is not safe.",
    "My hours end at six.",
    "I have no wish to die.",
    "I was ill for a week.",
)


@pytest.mark.parametrize("text", DANGER)
def test_danger_is_seen_in_the_person_s_words(text: str) -> None:
    assert tells_of_danger(text)


@pytest.mark.parametrize("text", HARMLESS)
def test_figures_of_speech_mishaps_and_everyday_words_are_no_danger(text: str) -> None:
    assert not tells_of_danger(text)


@pytest.mark.parametrize("text", ["I feel hopeless.", "There is no point in it.", "I just want to disappear"])
def test_what_may_mean_danger_is_a_hint_and_no_more(text: str) -> None:
    assert hinted(text) and not tells_of_danger(text)


@pytest.mark.parametrize("text", ["this deadline is killing me", "I want a second brain.", "My phone is dead tired"])
def test_a_figure_of_speech_is_no_hint_either(text: str) -> None:
    assert not hinted(text)


def test_the_head_is_read_on_the_first_call_and_not_before() -> None:
    code = "import sys, empa_graph.cues.danger as d; assert d.shipped.cache_info().currsize == 0"
    subprocess.run([sys.executable, "-c", code], check=True)
