"""The 31 provinces of the mainland, written the way different clerks write them."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random


@dataclass(frozen=True, slots=True)
class Province:
    """A province: its short and its full name, our sales area, some cities, how many customers live there (relative)."""

    short: str
    full: str
    area: str
    cities: tuple[str, ...]
    weight: int

    def spell(self, rng: Random) -> str:
        """One of the two usual spellings."""
        return self.full if rng.random() < 0.5 else self.short


_ROWS = """
北京 北京市 华北 北京市 6
天津 天津市 华北 天津市 3
河北 河北省 华北 石家庄市,唐山市,保定 5
山西 山西省 华北 太原市,大同 3
内蒙古 内蒙古自治区 华北 呼和浩特市,包头 2
辽宁 辽宁省 东北 沈阳市,大连 4
吉林 吉林省 东北 长春市,吉林市 2
黑龙江 黑龙江省 东北 哈尔滨市,大庆 3
上海 上海市 华东 上海市 7
江苏 江苏省 华东 南京市,苏州市,无锡 9
浙江 浙江省 华东 杭州市,宁波,温州市 8
安徽 安徽省 华东 合肥市,芜湖 5
福建 福建省 华东 福州市,厦门市,泉州 4
江西 江西省 华东 南昌市,赣州 3
山东 山东省 华东 济南市,青岛市,烟台 8
河南 河南省 华中 郑州市,洛阳 7
湖北 湖北省 华中 武汉市,宜昌 5
湖南 湖南省 华中 长沙市,株洲 5
广东 广东省 华南 广州市,深圳市,东莞 11
广西 广西壮族自治区 华南 南宁市,柳州 3
海南 海南省 华南 海口市,三亚 1
重庆 重庆市 西南 重庆市 4
四川 四川省 西南 成都市,绵阳,宜宾市 6
贵州 贵州省 西南 贵阳市,遵义 3
云南 云南省 西南 昆明市,大理 3
西藏 西藏自治区 西南 拉萨市,日喀则 1
陕西 陕西省 西北 西安市,咸阳 4
甘肃 甘肃省 西北 兰州市,天水 2
青海 青海省 西北 西宁市 1
宁夏 宁夏回族自治区 西北 银川市 1
新疆 新疆维吾尔自治区 西北 乌鲁木齐市,克拉玛依 2
"""


def _read_province(row: str) -> Province:
    short, full, area, cities, weight = row.split()
    return Province(short, full, area, tuple(cities.split(",")), int(weight))


PROVINCES = tuple(_read_province(row) for row in _ROWS.split("\n") if row)
"""All 31, in the order of the national codes."""


def draw_province(rng: Random, serial: int) -> Province:
    """The province of the `serial`-th customer of a role: each once first, then by weight, so that none is missing."""
    if serial < len(PROVINCES):
        return PROVINCES[serial]
    return rng.choices(PROVINCES, [province.weight for province in PROVINCES])[0]
