"""Words with a fixed meaning in business files: order status, return and gift marks, yes and no, kinds, roles."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType


def _codes(**words: str) -> Mapping[str, str]:
    return MappingProxyType({word: code for code, text in words.items() for word in text.split()})


STATUS = _codes(
    valid="交易成功 已完成 完成 成功 已成交 已签收 签收 已收货 确认收货 已确认收货 已付款 已支付 支付成功 付款成功 已发货 "
    "待发货 部分发货 发货中 待收货 配送中 运输中 等待买家确认收货 卖家已发货,等待买家确认 买家已付款,等待卖家发货 "
    "买家已付款 卖家已发货 等待卖家发货 已审核 已出库 已开票 已确认 已结算 已核销 正常 有效 待评价 已评价 退款中 退款申请中 "
    "售后中 退款关闭 paid completed complete success successful shipped delivered fulfilled processing confirmed invoiced "
    "done valid approved ok settled partially_shipped intransit refunding refund_pending normal",
    cancelled="交易关闭 已关闭 关闭 已取消 取消 订单取消 已作废 作废 无效 已撤单 撤单 拒收 已拒收 付款以后用户退款成功,交易自动关闭 "
    "cancelled canceled cancel closed void voided invalid rejected failed expired 交易失败 支付失败 已过期",
    refunded="已退款 退款成功 全额退款 已全额退款 refunded fully_refunded refund",
    unpaid="待付款 等待买家付款 未付款 未支付 待支付 草稿 未审核 待审核 未确认 待确认 unpaid pending draft awaiting_payment "
    "pending_payment on_hold",
    returned="退货 已退货 退货完成 退货成功 红字 红冲 冲红 销售退货 return returned",
)
"""Order status → what it means for us. Only `valid` and `returned` orders count; an unpaid one counts when it is paid."""

RETURN_WORDS = "退货|红字|红冲|冲红|退回|销退|退单|returned_goods|returned|return|sales_return|credit_note|creditnote|credit_memo|refund"
"""Whole words (separated by anything but letters) that mark a line as a return."""

GIFT_WORDS = "赠品|赠送|赠|搭赠|买赠|presented|giveaway|gift|free_gift|free"
"""Whole words that mark a line as a gift."""

FLAG = _codes(
    true="是 有 对 真 已 y yes true t 1 √ ✓ ✔ 同意 已同意 on",
    false="否 无 没有 不 假 未 n no false f 0 × x ✗ ✘ 不同意 未同意 off",
)
"""Yes and no."""

KIND = _codes(
    org="企业 公司 单位 法人 机构 组织 企业客户 单位客户 公司客户 机构客户 对公 b端 b2b org organisation organization company "
    "business corporate enterprise 政府 政府客户 政府机关 事业单位 学校 医院 经销商 代理商 分销商 个体工商户 国企 央企 民企 "
    "外企 终端 终端客户 集团 集团客户 工厂 dealer distributor reseller government",
    related_party="关联方 关联公司 关联企业 内部单位 内部客户 内部往来 集团内部 related_party relatedparty related internal intercompany",
    supplier="供应商 供货商 supplier vendor",
    bucket="散客 零散客户 零售客户 现金客户 walk-in walkin",
    person="个人 自然人 个人客户 消费者 会员 散户 c端 b2c person individual consumer personal private",
)
"""Organisation or person, or a word in that column that says the account is not a customer of its own."""

ROLE = _codes(
    dealer="经销商 代理商 分销商 渠道商 批发商 渠道 渠道客户 加盟商 dealer distributor reseller wholesaler agent channel",
    end_user="终端客户 终端 最终用户 最终客户 直客 直销客户 直销 企业用户 企业客户 end_user enduser direct",
    consumer="消费者 个人 个人客户 会员 散户 consumer individual person",
    government="政府 政府客户 政府机关 机关 事业单位 政府采购单位 government public",
    supplier="供应商 供货商 supplier vendor",
    partner="合作伙伴 合作方 partner",
)
"""The customer's role towards us; a word that is none of these stays as written."""

OUTCOME = _codes(
    won="赢单 赢 成交 已成交 中标 成功 won win closed_won closedwon 签约 已签约",
    lost="输单 丢单 输 失单 失败 未中标 流失 lost closed_lost closedlost 放弃",
    open="进行中 跟进中 open engaging prospecting ongoing",
)
"""How a deal ended; a word that is none of these stays as written."""

STAGE = _codes(
    early="早期 线索 初步接触 潜在商机 prospecting lead qualification",
    preliminary="前期 方案 报价 方案报价 项目推动 engaging proposal quotation",
    middle="中期 合同 签约 合同执行 执行 negotiation contract execution",
    late="后期 回款 交付 待回款 收款 closing collection delivery",
)
"""The four stages of a deal; a word that is none of these stays as written."""

PROJECT_STAGE = _codes(
    intent="采购意向 意向 意向公开 需求 intent planned",
    tender="招标中 招标 采购中 公告 tender tendering",
    awarded="已中标 中标 成交 awarded",
    accepted="已验收 验收 完成 accepted completed",
    lost="未中标 落标 流标 废标 lost",
)
"""Where a procurement project stands."""

BUYING_ROLE = _codes(
    decider="决策者 决策人 拍板人 decider decision_maker",
    approver="审批者 审批人 批准者 approver",
    technical="技术把关者 技术 把关者 技术负责人 technical gatekeeper",
    buyer="采购者 采购 采购人 采购员 buyer purchaser",
    user="使用者 使用人 用户 user",
    influencer="影响者 influencer",
    coach="内线 教练 支持者 coach champion",
)
"""Roles in the decision-making unit."""

SENIORITY = _codes(
    senior="高层 高管 senior executive",
    middle="中层 middle manager",
    working="基层 经办 经办人 working staff",
)
"""How high a contact sits."""

SPACE = _codes(
    online="线上 网络 网店 电商 online web",
    offline="线下 门店 上门 offline store",
    community="社群 社区 微信群 community",
)
"""Where a touch happens."""

INITIATOR = _codes(us="我方 公司 我们 us company outbound", customer="客户 对方 customer inbound")
"""Who started a contact."""

RELATION = _codes(
    knows="认识 相识 knows",
    depends="依赖 下级 隶属 depends",
    supplies="供应 供货 supplies",
    refers="转介绍 推荐 介绍 refers referral",
)
"""How two customers are related."""

GOVERNMENT_SYSTEM = _codes(
    education="教育 教育系统 education",
    health="卫健 卫生 医疗 卫生健康 health",
    public_security="公安 政法 公检法 public_security",
    transport="交通 交通运输 transport",
    government_data="政务数据 政务 大数据 government_data",
    housing="住建 住房城乡建设 城建 housing",
    water="水利 水务 water",
    other="其他 其它 other",
)
"""Systems of public bodies."""

GOVERNMENT_LEVEL = _codes(
    national="国家 国家级 中央 部级 national",
    provincial="省 省级 自治区 provincial",
    municipal="市 市级 地市 地市级 municipal",
    county="县 区 县级 区级 区县 区县级 县区级 乡镇 county",
)
"""Levels of public bodies."""

PROJECT_TYPE = _codes(
    infrastructure="基础设施 工程 infrastructure works",
    information="信息化 软件 it information",
    operation="运维 维保 operation maintenance",
    public_service="公共服务 服务 public_service services",
    goods="采购货物 货物 goods",
)
"""What a project buys."""

SEX = _codes(male="男 男性 先生 male m man", female="女 女性 女士 female f woman")
"""Sex as stated."""

ORGANISATION_WORDS = (
    "公司|集团|厂$|商行|商店|商场|超市|医院|学校|大学|学院|中学|小学|幼儿园|银行|酒店|宾馆|饭店|餐厅|合作社|事务所|研究院|研究所|"
    "设计院|委员会|管委会|人民政府|财政局|[^\\s]{2,}局$|[^\\s]{2,}厅$|中心$|协会|基金会|经营部|门市部|工作室|店$|站$|部队|法院|检察院|"
    "\\b(ltd|limited|inc|llc|corp|corporation|company|co|gmbh|plc|group|university|hospital|school|bank)\\b"
)
"""Parts of a name that only organisations have."""
