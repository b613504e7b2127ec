"""The headers people write for each field, in Chinese and English, and how a written header is compared with them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from functools import lru_cache

from keceng.collect.fields import FIELDS, FieldKind

SURE = 0.95
UNSURE = 0.7
"""Confidence of an alias that other files use for something else; its cells must agree."""

# One line per field: its aliases in compared form; those after `~` are unsure.
_ANY = """
customer_id: 客户编号 客户编码 客户代码 客户id 客户号 会员号 会员卡号 会员id 会员编号 买家id 买家会员名 用户id 用户编号 往来单位编码 往来单位编号 单位编码 客户内码 顾客编号 customerid customerno customernumber customercode custid custno custcode clientid clientno memberid membercode userid accountid accountcode accountnumber buyerid cardno ~ customer userno shopperid cumid uid
customer_name: 客户名称 客户姓名 客户名 会员姓名 会员名称 单位名称 公司名称 企业名称 往来单位 往来单位名称 购货单位 购买单位 购买方 买家昵称 customername clientname accountname companyname buyername membername ~ 客户 单位 顾客 会员 买家 收货人 收货人姓名 account company client 采购单位 采购人 主管部门 甲方 甲方名称
short_name: 简称 客户简称 shortname
uscc: 统一社会信用代码 社会信用代码 信用代码 税号 纳税人识别号 uscc taxid taxno
kind: 客户类型 客户性质 客户类别 客户类 单位性质 customertype clienttype ~ customersegment segment
role: 渠道角色 客户角色 渠道类型 customerrole
class_legacy: 客户等级 客户级别 客户分类 客户分级 会员等级 会员级别 customergrade customerclass customerlevel ~ 等级 级别
industry: 行业 所属行业 industry sector
employees: 人数 员工数 员工人数 企业规模 企业人数 employees employeecount numberofemployees ~ 规模
own_turnover: 年营业额 营业收入 年产值 annualrevenue turnover ~ revenue
owner: 负责人 业务员 业务员名称 销售员 销售人员 客户经理 所属销售 归属人 销售代表 我方负责人 owner accountmanager salesagent salesrep salesperson accountowner
province: 省份 省 所在省 所在省份 收货省 收货省份 所属省份 province ~ state
city: 城市 市 地市 所在市 所在城市 收货城市 city
district: 区县 区 县 收货区县 district county
address: 地址 收货地址 详细地址 客户地址 联系地址 address streetaddress
region: 区域 大区 销售区域 片区 地区 国家 region country countrycode territory salesregion officelocation
phone: 手机 手机号 手机号码 联系电话 电话 电话号码 联系方式 收货手机 联系手机 会员手机 phone mobile phonenumber telephone mobilephone tel
wechat: 微信 微信号 wechat
contact_id: 联系人编号 联系人编码 联系人id contactid
contact_name: 联系人 对接人 联系人姓名 主要联系人 contact contactname contactperson
birthday: 生日 出生日期 出生年月 birthday dateofbirth birthdate
birth_year: 出生年份 出生年 birthyear yearofbirth
sex: 性别 sex gender
occupation: 职业 occupation job
created_on: 建档日期 建档时间 注册时间 注册日期 入会时间 入会日期 开户日期 createdon createddate signupdate registrationdate ~ 创建时间 创建日期
acquired_from: 客户来源 来源渠道 获客渠道 会员来源 leadsource acquiredfrom
parent_id: 上级客户编号 上级客户编码 上级编码 所属集团编号 集团编码 父级客户编号 parentid parentcustomerid
parent_name: 上级客户 上级客户名称 所属集团 集团名称 所属集团名称 母公司 上级单位 parentname parentcompany subsidiaryof parentaccount
government_system: 所属系统 系统 条线 governmentsystem
government_level: 行政层级 政府层级 行政级别 governmentlevel
"""

_PRODUCT = """
product_id: 商品编码 商品编号 商品代码 货号 sku sku编码 skuid 物料编码 物料编号 存货编码 产品编号 产品编码 商家编码 条码 商品条码 productid productcode productno itemid itemcode itemno stockcode articleno
product_name: 商品名称 产品名称 宝贝标题 物料名称 存货名称 商品 品名 商品标题 货品名称 description productname itemname itemdescription 标题 ~ 产品 product item 名称
category: 类目 品类 商品分类 产品类别 商品类别 产品分类 商品类目 category productcategory ~ 分类 类别 subcategory
product_line: 产品线 系列 产品系列 productline series
"""

_BY_ENTITY: Mapping[str, str] = {
    "order_lines": """
order_id: 订单号 订单编号 单据编号 单据号 单号 销售单号 销售订单号 出库单号 线上订单号 主订单编号 主订单号 交易号 交易单号 流水号 小票号 单据编码 订单id invoiceno invoicenumber invoice orderid orderno ordernumber ordercode transactionid transid transactionno receiptno billno salesorderid ~ id order
line_no: 行号 明细行号 分录号 子订单编号 子订单号 序列 lineno linenumber lineitem orderline
ordered_at: 下单时间 订单时间 订单创建时间 订单日期 交易时间 交易日期 单据日期 销售日期 销售时间 购买日期 购买时间 消费时间 消费日期 出库日期 业务日期 拍下时间 invoicedate orderdate ordertime orderedat purchasedate transactiondate saledate salesdate transactiontime createdat ~ 日期 时间 date time datetime day timestamp
paid_at: 付款时间 付款日期 支付时间 支付日期 订单付款时间 paidat paymentdate paymenttime paidon paydate
status: 订单状态 交易状态 单据状态 status orderstatus ~ 状态
return_mark: 退货标记 是否退货 退货 红字 红蓝字 红字标记 isreturn returnflag returned ~ 单据类型 业务类型 交易类型 销售类型 订单类型 类型 typelabel type transactiontype ordertype
is_gift_mark: 是否赠品 赠品 赠品标记 赠品标识 isgift gift
ref_order_id: 原订单号 原单号 原销售单号 关联单号 关联订单号 原单据号 reforderid originalorderid originalorder
quantity: 数量 销售数量 购买数量 宝贝数量 件数 商品数量 实发数量 出库数量 订购数量 quantity qty units orderqty orderquantity ~ numberof unitssold
unit_price: 单价 含税单价 销售单价 商品单价 成交单价 价格 unitprice priceperunit itemprice ~ price 售价
amount: 实付金额 买家实付金额 买家实际支付金额 实收金额 成交金额 价税合计 销售金额 销售额 实付 实收 实付款 实际支付金额 支付金额 付款金额 净额 金额 含税金额 行金额 交易金额 消费金额 购买金额 amount netamount salesamount linetotal lineamount sales totalprice paidamount netsales totalsales payment dollarvalue extendedprice ~ total value spend totalamount subtotal revenue turnover 总额 小计 合计
list_amount: 应付金额 买家应付货款 订单金额 总金额 货款合计 订单总额 应收金额 商品金额 原价金额 grossamount listamount ordertotal orderamount grosssales
discount: 优惠金额 折扣 折扣额 折扣金额 抵扣金额 优惠 discount discountamount
freight: 运费 邮费 买家应付邮费 freight shipping shippingfee shippingcost
refund: 退款金额 退货金额 refund refundamount
cost: 成本 成本价 成本金额 销售成本 单位成本 cost costamount cogs unitcost
channel: 渠道 店铺 店铺名称 销售渠道 订单来源 channel saleschannel
store: 门店 门店名称 store storeid storename shop
space: 线上线下 onlineoffline
content: 备注 买家备注 订单备注 remark remarks note notes
""",
    "products": """
unit_cost: 成本 成本价 单位成本 标准成本 采购价 进价 unitcost standardcost cost
list_price: 标价 零售价 建议零售价 销售价 吊牌价 listprice salesprice retailprice ~ 单价 价格 price
launched_on: 上市日期 上架日期 launchedon launchdate
retired_on: 下市日期 下架日期 停产日期 retiredon
""",
    "invoices": """
invoice_id: 发票号 发票号码 应收单号 应收单据号 单据编号 单据号 单号 invoiceid invoiceno invoicenumber
amount: 应收金额 应收账款 应收款 开票金额 发票金额 价税合计 invoiceamount amountdue ~ 金额 amount total
balance: 应收余额 未收金额 未收余额 欠款 欠款金额 balance outstanding openamount
received_amount: 已收金额 已回款金额 已收款 回款金额 receivedamount
due_on: 到期日 到期日期 应收日期 约定付款日 约定付款日期 付款到期日 duedate dueon
issued_on: 开票日期 立账日期 应收单日期 发票日期 invoicedate issuedon issuedate billingdate ~ 单据日期 日期
settled_on: 结清日期 实际收款日 settleddate settledon paiddate paidon cleardate clearingdate
is_disputed: 有无争议 是否争议 争议 disputed isdisputed dispute
written_off_on: 核销日期 坏账日期 writtenoffon
contract_id: 合同编号 合同号 contractid contractno
payment_terms: 账期 信用期 结算方式 paymentterms terms
""",
    "payments": """
payment_id: 回款单号 收款单号 回款编号 流水号 收款编号 单据编号 单号 paymentid paymentno receiptid receiptno
invoice_id: 发票号 应收单号 对应应收单号 核销单号 invoiceid invoiceno invoicenumber
received_on: 回款日期 收款日期 到账日期 到账时间 收款时间 receivedon receiptdate paymentdate datereceived
amount: 回款金额 收款金额 到账金额 已收金额 本次回款 paymentamount receivedamount ~ 金额 amount
method: 收款方式 回款方式 付款方式 支付方式 结算方式 paymentmethod method
""",
    "interactions": """
interaction_id: 互动编号 跟进编号 拜访编号 记录编号 活动编号 interactionid activityid visitid ~ 编号
happened_on: 跟进时间 跟进日期 拜访日期 拜访时间 互动时间 互动日期 沟通时间 联系时间 活动时间 happenedon activitydate visitdate interactiondate ~ 日期 时间
interaction_type: 互动类型 跟进类型 拜访类型 跟进类别 活动类型 interactiontype activitytype ~ 类型
channel: 跟进方式 拜访方式 沟通方式 联系方式 互动渠道 渠道 channel ~ 方式
initiated_by: 发起方 主动方 initiatedby
staff: 跟进人 拜访人 记录人 staff ~ 业务员 负责人
minutes: 时长 时长分钟 沟通时长 minutes duration
outcome: 跟进结果 结果 互动结果 outcome result
content: 跟进记录 拜访记录 跟进内容 沟通内容 拜访内容 互动内容 content notes remark ~ 内容 备注
space: 线上线下
""",
    "survey_responses": """
response_id: 答卷编号 问卷编号 答卷id 回复编号 responseid ~ 编号
survey: 问卷 问卷名称 调查名称 survey surveyname
survey_kind: 问卷类型 调查类型 指标类型 surveykind surveytype
answered_on: 填写时间 填写日期 答题时间 提交时间 评价时间 评价日期 调查日期 回访日期 answeredon submittedat surveydate ~ 日期 时间
question: 题目 问题 指标 评价项 question
answer: 满意度 评分 推荐意愿 得分 打分 分数 nps csat answer score rating
seconds: 用时 答题用时 答题时长 seconds
""",
    "complaints": """
complaint_id: 投诉编号 投诉单号 工单编号 工单号 complaintid ticketid caseid
received_on: 投诉时间 投诉日期 受理时间 受理日期 提交时间 receivedon complaintdate ~ 日期 时间
order_id: 订单号 订单编号 关联订单号 orderid
channel: 投诉渠道 渠道 受理渠道 channel
severity: 严重程度 紧急程度 投诉等级 严重级别 severity priority
complaint_type: 投诉类型 问题类型 投诉类别 投诉分类 complainttype tickettype ~ 类型
root_cause: 根本原因 原因 投诉原因 责任部门 责任环节 rootcause
first_reply_at: 首次回复时间 首次响应时间 首次答复时间 响应时间 firstreplyat firstresponsetime
solved_on: 解决时间 解决日期 处理完成时间 办结时间 结案日期 solvedon resolvedat resolvedon
verified_on: 回访时间 回访日期 回访确认日期 确认时间 verifiedon
outcome: 处理结果 结果 outcome resolution
content: 投诉内容 问题描述 内容 content complaint
owner: 处理人 责任人
""",
    "relations": """
from_customer_id: 起点客户编号 起点客户编码 客户a 关系起点 推荐人编号 推荐人 推荐客户编号 推荐客户编码 推荐人客户编号 推荐人客户编码 主体客户编号 from fromid fromcustomer fromcustomerid referrer referrerid ~ source 客户编号 客户编码 customerid
to_customer_id: 终点客户编号 终点客户编码 客户b 关系终点 被推荐人编号 被推荐人 被推荐客户编号 被推荐客户编码 被推荐人客户编号 被推荐人客户编码 相关客户编号 相关客户编码 关联客户编号 关联客户编码 对方客户编号 对方客户编码 to toid tocustomer tocustomerid referred referredid ~ target
relation_type: 关系类型 关系 关系类别 relationtype relation
strength: 强度 关系强度 strength weight
since_on: 起始日期 建立日期 推荐日期 推荐时间 关系开始日期 since sinceon ~ 日期 时间
evidence: 依据 证据 依据说明 凭证 evidence ~ 备注
""",
    "contacts": """
contact_id: 联系人编号 联系人编码 联系人id contactid
contact_name: 姓名 联系人 联系人姓名 对接人 name contactname contact
title: 职务 职位 岗位 title jobtitle position
dept: 部门 科室 所在部门 dept department
seniority: 层级 职级 seniority
buying_role: 决策角色 采购角色 角色 buyingrole decisionrole
power: 影响力 决策权重 权力 power
reports_to: 上级 直接上级 汇报对象 上级联系人编号 reportsto
relation_strength: 关系深度 关系程度 关系 亲密度 relationstrength
support: 支持度 支持程度 态度 support
left_on: 离职日期 离任日期 lefton
is_public_official: 是否公职人员 公职人员 ispublicofficial
""",
    "opportunities": """
opportunity_id: 商机编号 商机编码 商机id opportunityid oppid dealid
project_name: 商机名称 商机 项目名称 opportunityname dealname
stage: 商机阶段 销售阶段 项目阶段 阶段 stage dealstage salesstage
amount: 预计金额 商机金额 预算金额 合同金额 成交金额 金额 closevalue amount dealvalue expectedrevenue
opened_on: 创建日期 创建时间 商机创建日期 立项日期 engagedate openedon createddate opendate
expected_on: 预计成交日期 预计签约日期 预计签单日期 预计成交时间 expectedclose expectedclosedate expectedon
closed_on: 关闭日期 成交日期 赢单日期 结束日期 closedate closedon
outcome: 结果 赢单结果 商机结果 商机状态 outcome
lost_reason: 丢单原因 输单原因 失败原因 lostreason lossreason
product_line: 产品线 product
""",
    "projects": """
project_id: 项目编号 采购编号 采购项目编号 项目编码 projectid projectno
project_name: 项目名称 采购项目名称 项目 projectname
project_type: 项目类型 采购类型 项目类别 采购品目 品目 projecttype ~ 分类2
method: 采购方式 招标方式 method procurementmethod
stage: 项目阶段 阶段 项目状态 stage
budget: 预算金额 预算 采购预算 项目预算 budget ~ 金额 预计金额
awarded: 中标金额 成交金额 合同金额 awarded awardamount
published_on: 意向公开日期 意向公开时间 公开日期 公告日期 发布时间 发布日期 publishedon
tender_on: 招标日期 招标时间 预计采购时间 预计采购日期 预计时间 采购时间 开标日期 tenderon tenderdate
awarded_on: 中标日期 成交日期 定标日期 awardedon awarddate
accepted_on: 验收日期 验收时间 acceptedon
warranty_until: 维保到期日 维保到期 质保到期日 质保期至 维保截止日期 warrantyuntil
""",
    "contracts": """
contract_id: 合同编号 合同号 合同编码 contractid contractno
signed_on: 签订日期 签约时间 签约日期 签订时间 合同日期 signedon signdate
amount: 合同金额 合同额 合同总额 签约金额 contractamount ~ 金额 amount
starts_on: 开始日期 生效日期 起始日期 合同开始日期 startson startdate
ends_on: 结束日期 到期日期 终止日期 合同到期日 合同结束日期 endson enddate
framework_id: 框架协议编号 框架合同编号 框架合同号 frameworkid
payment_terms_days: 账期 账期天 账期天数 付款账期 paymentterms paymenttermsdays
fulfilled_on: 履约完成日期 实际交付日期 完成日期 交付日期 履行日期 fulfilledon
promised_on: 承诺日期 承诺交付日期 约定交付日期 约定履行日期 promisedon
""",
    "consents": """
purpose: 用途 同意用途 目的 处理目的 purpose
channel: 渠道 同意渠道 触达渠道 channel
basis: 依据 合法依据 法律依据 合法性基础 basis legalbasis
given_on: 同意时间 同意日期 授权时间 授权日期 givenon consentdate optindate
withdrawn_on: 撤回时间 撤回日期 退订时间 退订日期 withdrawnon optoutdate
text_version: 文本版本 协议版本 同意文本版本 textversion ~ 版本
""",
    "customers": """
customer_name: 姓名 名称 name
status: 客户状态 状态 status
""",
    "customer_summary": """
customer_name: 姓名 名称 name
dept: 部门 科室
content: 备注 remark notes
""",
}

_WITH_PRODUCTS = ("order_lines", "products", "opportunities")

_TRADITIONAL = str.maketrans(
    "戶編號稱單訂時間額實價數發貨應運費優產類別業員聯繫電話機區縣層級門帳賬開據約簽條總計買賣銷購會評滿訴處結責質態標題寶負統稅碼識職務崗細詳線規營來獲關係權還餘歷項預採階內觸達備註贈紅點積帶務參與聞國備終專歸",
    "户编号称单订时间额实价数发货应运费优产类别业员联系电话机区县层级门账账开据约签条总计买卖销购会评满诉处结责质态标题宝负统税码识职务岗细详线规营来获关系权还余历项预采阶内触达备注赠红点积带务参与闻国备终专归",
)
_BRACKETED = re.compile(r"[\(\[【〔{<《](.*?)[\)\]】〕}>》]")
_SEPARATORS = re.compile(r"[\s_\-./\\:*#'\"·、,;!?&+]+")
_UNIT_AT_END = re.compile(r"[\s/\-_,·]*(?:单位[::]?)?\s*(亿元|百万元|万元|千元|亿|万|元)$")
_UNIT_IN_TITLE = re.compile(r"单位\s*[:]?\s*(?:人民币)?\s*(亿元|百万元|千元|万元|元)")
_SCALES: Mapping[str, int] = {
    "元": 1, "千元": 1_000, "万": 10_000, "万元": 10_000, "百万": 1_000_000, "百万元": 1_000_000,
    "亿": 100_000_000, "亿元": 100_000_000, "rmb万": 10_000, "万rmb": 10_000, "10k": 10_000,
}  # fmt: skip


def normalize_header(header: str) -> str:
    """A header as compared: half width, simplified, lower case, without units, brackets, `*` and separators."""
    text = unicodedata.normalize("NFKC", header).translate(_TRADITIONAL).lower()
    bare = _SEPARATORS.sub("", _BRACKETED.sub("", text))
    return bare or _SEPARATORS.sub("", re.sub(r"[\[\](){}]", "", text))


def read_unit_scale(header: str) -> int | None:
    """Main units in one written unit, as the header says: 10,000 for 金额(万元); None when it does not say."""
    text = unicodedata.normalize("NFKC", header).translate(_TRADITIONAL).lower()
    for bracketed in _BRACKETED.findall(text):
        word = _SEPARATORS.sub("", bracketed).removeprefix("单位").removeprefix("人民币")
        if word in _SCALES:
            return _SCALES[word]
    found = _UNIT_AT_END.search(text)
    if found and len(text) > len(found.group(0)) and text[: found.start()][-1] not in "单0123456789":
        return _SCALES[found.group(1)]
    return None


def read_title_scale(lines: Sequence[str]) -> int | None:
    """The unit that stands above a table, such as 单位：万元; None when none does."""
    for line in lines:
        if found := _UNIT_IN_TITLE.search(unicodedata.normalize("NFKC", line).translate(_TRADITIONAL)):
            return _SCALES[found.group(1)]
    return None


def _parse(block: str) -> dict[str, tuple[tuple[str, float], ...]]:
    parsed: dict[str, list[tuple[str, float]]] = {}
    for line in block.strip().splitlines():
        name, _, words = line.partition(":")
        if name not in FIELDS:
            raise ValueError(f"no such field: {name}")
        confidence = SURE
        for word in words.split():
            if word == "~":
                confidence = UNSURE
            else:
                parsed.setdefault(word, []).append((name, confidence))
    return {alias: tuple(found) for alias, found in parsed.items()}


@lru_cache(maxsize=32)
def aliases_of(entity: str) -> Mapping[str, tuple[tuple[str, float], ...]]:
    """For files of `entity`: compared header → the fields it may mean with the confidence; the entity's own win."""
    product = _parse(_PRODUCT) if entity in _WITH_PRODUCTS else {}
    own = _parse(_BY_ENTITY.get(entity, ""))
    return _parse(_ANY) | product | own


@lru_cache(maxsize=1)
def _every_alias() -> Mapping[str, frozenset[str]]:
    every: dict[str, frozenset[str]] = {}
    for block in (_ANY, _PRODUCT, *_BY_ENTITY.values()):
        for alias, found in _parse(block).items():
            every[alias] = every.get(alias, frozenset()) | {name for name, _ in found}
    return every


def is_known_header(header: str) -> bool:
    """Whether some kind of file calls a column so."""
    return normalize_header(header) in _every_alias()


_IDENTITIES = frozenset(
    name
    for name, f in FIELDS.items()
    if f.kind is FieldKind.ID or name in {"customer_name", "product_name", "project_name"}
) - {"phone", "wechat", "uscc", "line_no"}


def is_identity_header(header: str) -> bool:
    """Whether a column so called names a document, a customer or a product, which every real row has."""
    return not _IDENTITIES.isdisjoint(_every_alias().get(normalize_header(header), ()))
