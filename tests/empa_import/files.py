"""A small folder in the shape of the published EMPA data: invented persons, our own text, made-up levels."""

# ruff: noqa: RUF001 -- Chinese text has full-width punctuation

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

LEVELS = {"C.1": 1, "C.2": 0, "C.3": 2, "A.1": 2, "A.2": 1, "A.3": 0, "P.1": 3, "P.2": 1, "P.3": 0}
"""P_0 = (-8, -8, -10)."""
START = (-8.0, -8.0, -10.0)

CARD = """# 角色卡

<character_info>
- **姓名**：苏晚晴
- 年龄：34岁
- 性别：女
- 职业：社区图书馆的编目员
- 籍贯：皖南的一个小镇
## 性格
做事慢而仔细，同事都把难认的手写书目交给她。
说话轻，不爱在会上开口。
</character_info>

<empathy_threshold>
共情阈值【高】
别人一上来就夸她坚强，她会立刻把话收回去。
</empathy_threshold>

<psychological_profile>
## 核心信念
东西放错了地方，总有一天能找回来。
## 内心
她怕自己其实可有可无。夜里会把白天说过的话再过一遍。
</psychological_profile>

<experience>
十岁那年，外婆的木箱在搬家时丢了，没有人再提起。
工作第三年，她整理的一套地方志署上了别人的名字。
</experience>
"""
SCRIPT: dict[str, Any] = {
    "剧本编号": "script_007",
    "故事的经过": {
        "阶段1": {"标题": "旧目录", "内容": "馆里决定停用卡片目录，周五之前清空抽屉。"},
        "阶段2": {"标题": "一张卡片", "内容": "她在抽屉底下看到自己入馆第一天写的卡片。"},
        "阶段3": {"标题": "会议", "内容": "主任说这些纸可以当废品卖，她没有出声。"},
        "阶段4": {"标题": "雨夜", "内容": "她把那张卡片夹在书里带回家，一路没有打伞。"},
    },
    "故事的结果": "周六她独自回到馆里，抽屉已经空了。",
    "故事的插曲": "门卫问她要不要拿走一个空抽屉。",
}
GOOD = {"C_Prog_level": 1, "C_Neg_level": 0, "A_Prog_level": 2, "A_Neg_level": 0, "P_Prog_level": 0, "P_Neg_level": -1}
"""The increment (1, 3, -2)."""


def history(turns: int) -> list[dict[str, Any]]:
    said: list[dict[str, Any]] = []
    for turn in range(1, turns + 1):
        said.append({"role": "actor", "content": f"第{turn}句，我还在想那个抽屉。"})
        said.append({"role": "test_model", "content": f"第{turn}次回答：你想留住的是什么？"})
    return said


def entry(turn: int, mdep: object = GOOD, **noted: object) -> dict[str, Any]:
    return {"turn": turn, "mdep_analysis": mdep, **noted}


def result(turns: int = 2, **changes: Any) -> dict[str, Any]:
    """A recording of ``turns`` turns, all judged with `GOOD`."""
    trajectory = changes.pop("trajectory", [entry(turn) for turn in range(1, turns + 1)])
    fields: dict[str, Any] = {
        "history": history(turns),
        "epj": {"trajectory": trajectory, "iedr_details": {"filled_iedr": LEVELS}},
        "termination_reason": "",
        "total_turns": turns,
        "unknown_field": {"kept": False},
    }
    return {**fields, **changes}


def write_json(file: Path, data: object) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(data, ensure_ascii=False), encoding="utf-8")
    return file


def write_case(folder: Path, number: int = 7, *, card: str = CARD, **script: object) -> Path:
    """Write card, script and levels of one case; return its card."""
    name = f"script_{number:03d}"
    write_json(folder / "scenarios" / f"{name}.json", [{**SCRIPT, "剧本编号": name, **script}])
    write_json(folder / f"iedr_{number}.json", {name: LEVELS})
    file = folder / "cases" / f"{name}.md"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(card, encoding="utf-8")
    return file


def write_result(folder: Path, data: object, *, agent: str = "model-a", number: int = 7) -> Path:
    return write_json(folder / "results" / agent / f"script_{number:03d}_result.json", data)
