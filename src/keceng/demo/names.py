"""Invented names, obviously so: every company carries 示例, every person 示, 例 or 样, every phone an unassigned range."""

from __future__ import annotations

from random import Random

_SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕"
_MARKS = "示例样"
_GIVEN = "安宁和明远清朗舒恒悦成知行乐平思源文嘉言"
_FIRST = "云溪南塘青禾松月星海林泉晴川岚谷明湖玉山"
_SECOND = "岭舟桥原港洲渡田峰岸园廊阳津浦门台坡湾野"
_TRADES = ("科技", "贸易", "商贸", "制造", "建设", "物流", "餐饮", "教育咨询", "文化", "医药", "能源", "机电")

PLACE_NAMES = len(_FIRST) * len(_SECOND)
COMPANY_NAMES = PLACE_NAMES * len(_TRADES)
"""How many different company names there are."""

_DEPARTMENTS = {
    "教育": "教育局", "交通": "交通运输局", "卫健": "卫生健康委员会", "公安": "公安局",
    "政务数据": "数据局", "住建": "住房和城乡建设局", "水利": "水利局", "其他": "综合事务局",
}  # fmt: skip
_LEVEL_PLACES = {"国家": "总署", "省级": "省", "市级": "市", "县级": "县"}
GOVERNMENT_SYSTEMS = tuple(_DEPARTMENTS)
GOVERNMENT_LEVELS = tuple(_LEVEL_PLACES)


def draw_person_name(rng: Random) -> str:
    """A surname, a character that says it is an example, and one more."""
    return rng.choice(_SURNAMES) + rng.choice(_MARKS) + rng.choice(_GIVEN)


def _place_name(serial: int) -> str:
    return _FIRST[serial // len(_SECOND) % len(_FIRST)] + _SECOND[serial % len(_SECOND)]


def draw_company_names(rng: Random, count: int) -> list[str]:
    """`count` different company names, at most `COMPANY_NAMES`."""
    serials = rng.sample(range(COMPANY_NAMES), count)
    return [f"示例{_place_name(serial)}{_TRADES[serial // PLACE_NAMES]}有限公司" for serial in serials]


def group_name(company_name: str) -> str:
    """The name of a group's head company."""
    return company_name.removesuffix("有限公司") + "集团有限公司"


def government_name(serial: int, system: str, level: str) -> str:
    """A unit of no real place; the serial keeps two units of the same system and level apart."""
    if level == "国家":
        return f"示例国家{system}{_LEVEL_PLACES[level]}第{serial + 1}处"
    return f"示例{_place_name(serial * 7)}{_LEVEL_PLACES[level]}{_DEPARTMENTS[system]}"


def phone_number(serial: int) -> str:
    """An 11-digit number of mobile form, of a block that no operator has given out."""
    return f"199{serial:08d}"
