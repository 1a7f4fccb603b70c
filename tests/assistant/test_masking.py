"""Masking: what is hidden never survives, always comes back, and has the same placeholder on every day."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coach.assistant.masking import Mask
from coach.domain.client import ClientPicture, Held, Moved, Remembered
from coach.playbook.cards import playbook

CLIENT = ClientPicture(
    client_no="1000123", name="王小明", stage="stranger", tier="A", tier_reason={}, assets_fen=1, gender="男", phone="13812345678",
    employer="宏达机械厂", community="金色家园", manager="1001", manager_name="李四海", previous_manager="赵敏",
    holdings=(Held("H20001", "deposit", "三年期大额存单", 1),),
    movements=(Moved(date(2026, 11, 1), 1, "顺通物流有限公司", "建设银行", "货款"),),
    key_dates=(Remembered("生日", date(2000, 1, 1), "solar", "王晓雨"), Remembered("生日", date(2000, 1, 1), "solar", "女儿")),
)  # fmt: skip
SECRETS = ("王小明", "王先生", "王哥", "老王", "Wang Xiaoming", "Xiaoming Wang", "Mr Wang", "138 1234 5678", "138-1234-5678", "13812345678",
           "+86 13812345678", "1000123", "宏达机械厂", "金色家园", "李四海", "赵敏", "H20001", "顺通物流有限公司", "王晓雨",
           "a.b@bank.example", "6222 0212 3456 7890", "6222021234567890123", "11010119900101123X", "010-62345678")  # fmt: skip
PLAIN = ("三年期大额存单", "28万元", "12月1日", "1.25%", "2026年11月24日", "建设银行", "女儿", "高兴", "金额", "安排", "方便", "周末",
         "关怀", "和谐", "5,000元", "20261123")  # fmt: skip


def mask() -> Mask:
    return Mask.of(CLIENT, "zh", staff=("李四海", "1001", "钱多多", "1002"))


@pytest.mark.parametrize("secret", SECRETS)
def test_what_tells_who_it_is_is_hidden_wherever_it_stands(secret: str) -> None:
    for text in (secret, f"请联系{secret}，谢谢", f"（{secret}）"):
        one = mask()
        hidden = one.hide(text)
        assert secret not in hidden and one.show(hidden) == text


@pytest.mark.parametrize("word", PLAIN)
def test_what_the_model_needs_stays(word: str) -> None:
    assert mask().hide(f"关于{word}的事") == f"关于{word}的事"


def test_a_number_is_hidden_only_as_a_whole() -> None:
    assert "21000123元" in mask().hide("21000123元") and "1000123" not in mask().hide("客户1000123")


def test_the_same_original_has_the_same_placeholder_always() -> None:
    first, second = mask(), mask()
    second.hide("先来一段别的：139 8765 4321，女儿陈晓月，李阿姨")
    text = "王小明的电话13812345678，朋友13987654321，女儿陈晓月"
    assert first.hide(text) == second.hide(text) == first.hide(text)
    assert first.hide("王小明") == "[N1]" and first.hide("王先生") == "[T1]" and first.hide("13812345678") == "[P1]"


@pytest.mark.parametrize("spoilt", ["[N1]", "[ N1 ]", "[n1]", "【N1】", "［N1］", "[N 1]", "[N-1]"])
def test_a_spoilt_placeholder_is_still_put_back(spoilt: str) -> None:
    assert mask().show(f"您好，{spoilt}。") == "您好，王小明。"


def test_a_placeholder_that_was_never_given_is_told() -> None:
    assert mask().strangers("[N1]和[N77]、[1]") == ["[N77]"]


def test_other_clients_names_are_hidden_where_the_branch_knows_them() -> None:
    known = {"陈建国", "刘洋"}
    one = Mask.of(CLIENT, "zh", known_names=lambda names: known & set(names))
    hidden = one.hide("上次由陈建国介绍来，刘洋也一起听了讲座")
    assert "陈建国" not in hidden and "刘洋" not in hidden and one.show(hidden) == "上次由陈建国介绍来，刘洋也一起听了讲座"
    general = Mask.general(known_names=lambda names: known & set(names))
    assert "陈建国" not in general.hide("陈建国的定期到期了怎么办")


def test_a_trusted_address_sees_everything() -> None:
    assert Mask.off().hide("王小明 13812345678") == "王小明 13812345678" == Mask.off().show("王小明 13812345678")


def test_the_playbook_stays_readable() -> None:
    """Of all passages only those that themselves give an invented person as an example change."""
    changed = [p.id for p in playbook().passages.values() if Mask.general().hide(p.shown) != p.shown]
    assert set(changed) <= {"compliance.privacy/never-others"}


_pieces = st.lists(st.sampled_from((*SECRETS, *PLAIN, "，", "。", " ", "[N1]", "[1]", "你好", "hello")), max_size=12)


@given(_pieces)
def test_hidden_text_comes_back_and_holds_no_secret(parts: list[str]) -> None:
    text, one = "，".join(parts), mask()
    hidden = one.hide(text)
    assert one.show(hidden) == text
    assert not any(secret in hidden for secret in ("王小明", "13812345678", "宏达机械厂", "王晓雨", "李四海"))


@given(st.text(max_size=200))
def test_any_text_comes_back(text: str) -> None:
    one = mask()
    assert one.show(one.hide(text)) == text
