"""Every sentence that the report and the workbook say of their own, in both languages."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from keceng.vocabulary import Text

WORDS: Mapping[str, Text] = {
    # frame
    "product": Text("客层", "Keceng"),
    "report": Text("客户分级报告", "Customer classification report"),
    "switch": Text("English", "中文"),
    "switch_label": Text("切换到英文", "Switch to Chinese"),
    "contents": Text("目录", "Contents"),
    "revision": Text("第 {n} 版", "revision {n}"),
    "as_of": Text("截止日", "As of"),
    "as_of_line": Text("数据截至 {day}，窗口 {window} 天", "Data as of {day}, window of {window} days"),
    "show_table": Text("查看数据表", "Show the data table"),
    "fingerprint": Text("结果指纹", "Result fingerprint"),
    "run": Text("运行编号", "Run"),
    "footer": Text(
        "由客层离线生成：打开本页不会访问网络，也不会发送任何数据。",
        "Made offline by Keceng: opening this page contacts no network and sends no data.",
    ),
    # headline
    "headline": Text("总览", "Overview"),
    "customers": Text("客户", "Customers"),
    "classified": Text("分级", "classified"),
    "not_judged": Text("未参评", "not judged"),
    "insufficient": Text("数据不足", "not enough data"),
    "provisional": Text("暂定", "Provisional"),
    "provisional_line": Text(
        "分级客户中有 {n} 家为暂定：客龄不足 90 天，或只有部分指标已知。",
        "{n} of the classified are provisional: a tenure below 90 days, or only part of their measures known.",
    ),
    "excluded_line": Text("未参评 {n} 家：{why}", "Not judged, {n}: {why}"),
    "window_sales": Text("窗口内销售额", "Sales in the window"),
    "window_sales_note": Text("分级客户，已减退货", "classified customers, returns deducted"),
    "best_share": Text("{title} 占销售", "{title}: share of sales"),
    "best_share_note": Text("{n} 家，占分级客户 {share}", "{n} customers, {share} of the classified"),
    "top_fifth": Text("前 20% 客户占销售", "Share of the top 20%"),
    "top_fifth_note": Text("{n} 家带来 80% 的销售", "{n} customers bring 80% of sales"),
    # warnings
    "warnings": Text("需要看一眼的地方", "Worth a look"),
    # assumptions
    "assumptions": Text("默认处理", "Assumptions taken"),
    "assumptions_lead": Text(
        "下列几点没有明确说明，按默认处理。不符合实际的，请改正后重新分级。",
        "These points were not stated and took their defaults. Where one is wrong, correct it and classify again.",
    ),
    "no_assumptions": Text("没有需要默认处理的地方。", "Nothing had to be assumed."),
    "stability_off": Text(
        "升降级缓冲未启用：本次没有上一期结果可比，等级只看本期数据。",
        "The buffer against flicker was off: there is no earlier run to compare with, grades follow this period alone.",
    ),
    "stability_first": Text(
        "升降级缓冲已启用：这是按本标准的第一次评审，还没有人持有等级，所以没有人被保留。",
        "The buffer against flicker is on: this is the first review under this standard, nobody held a grade yet, so nobody "
        "was kept.",
    ),
    # ledger
    "ledger": Text("数据来源", "Source rows"),
    "ledger_lead": Text(
        "读入的每一行都有去处：读入 = 新增 + 更新 + 不变 + 退回。",
        "Every row read is accounted for: read = added + updated + unchanged + rejected.",
    ),
    "read": Text("读入", "Read"),
    "added": Text("新增", "Added"),
    "updated": Text("更新", "Updated"),
    "unchanged": Text("不变", "Unchanged"),
    "rejected_rows": Text("退回", "Rejected"),
    "anonymous": Text("无客户", "No customer"),
    "duplicates": Text("重复行", "Repeated rows"),
    "anonymous_note": Text("含在新增中，计入合计，不参与分级", "part of added; in the totals, never graded"),
    "duplicates_note": Text("与前面某行各列全同，保留", "equal to an earlier row in every column; kept"),
    "no_ledger": Text(
        "这次运行没有记下来源行数。用 keceng collect 导入文件后，这里列出每一行的去处。",
        "This run holds no source rows. Once files are imported with keceng collect, their rows are accounted for here.",
    ),
    "reason": Text("理由", "Reason"),
    "rows": Text("行数", "Rows"),
    "rejects_by_reason": Text("退回的原因", "Rejected, by reason"),
    # classes
    "classes": Text("各类客户", "Classes"),
    "classes_lead": Text(
        "每家客户恰有一个等级。占比以分级客户为分母；销售占比只计销售额为正的客户。",
        "Every customer has exactly one grade. Shares are of the classified; the share of sales counts customers with "
        "positive sales.",
    ),
    "grade": Text("等级", "Grade"),
    "share_of_customers": Text("客户占比", "Share of customers"),
    "sales": Text("销售额", "Sales"),
    "share_of_sales": Text("销售占比", "Share of sales"),
    "average": Text("户均", "Average"),
    "total": Text("合计", "Total"),
    "how_decided": Text("怎样评定", "How it is decided"),
    "classes_chart": Text("客户与销售按等级的构成", "Customers and sales by grade"),
    "no_classes": Text(
        "没有客户被分级。导入带有客户、日期和金额三列的销售明细后，这里显示各类客户。",
        "Nobody was classified. Import sales with a customer, a date and an amount to see the classes.",
    ),
    # grid
    "grid": Text("等级 × {state}：策略", "Grade × {state}: strategy"),
    "grid_lead": Text(
        "每格是客户数与对应的策略。淡字表示沿用该等级的通用策略。",
        "Each cell has its customers and what is done for them. Lighter text is the grade's general strategy.",
    ),
    "rhythm": Text("每 {days} 天联系", "every {days} days"),
    "no_rhythm": Text("不定期联系", "no fixed rhythm"),
    "no_strategy": Text("没有策略", "No strategy"),
    "grid_gaps": Text("有 {n} 家客户所在的格没有策略。", "{n} customers stand in cells without a strategy."),
    # moves
    "moves": Text("与上一次相比", "Since the run before"),
    "moves_lead": Text(
        "上一次截至 {day}。两次都有等级的 {known} 家中，{moved} 家换了等级。",
        "The run before was as of {day}. Of the {known} customers with a grade both times, {moved} have another one now.",
    ),
    "moves_ways": Text("升 {up} 家，降 {down} 家。", "{up} went up, {down} down."),
    "moves_falls": Text("离开{title}的有 {n} 家。", "{n} left {title}."),
    "moves_chart": Text("从上一次的等级到这一次的等级", "From the grades before to the grades now"),
    "moves_before": Text("上一次", "Before"),
    "moves_now": Text("这一次", "Now"),
    "moves_unclassified": Text(
        "两次都未分级的 {n} 家不在图上。", "The {n} without a grade both times are not drawn."
    ),
    "moves_matrix": Text("从哪里到哪里", "From where to where"),
    "moves_matrix_lead": Text(
        "每行是上一次的一类，百分比以该行为分母；绿色为升，橙色为降，越深占比越大。",
        "A row is a class of the run before, percentages are of the row; green went up, orange went down, the deeper the "
        "greater the share.",
    ),
    "moves_from": Text("上一次", "Before"),
    "falls": Text("离开{title}的客户", "Customers who left {title}"),
    "falls_lead": Text(
        "共 {n} 家，按上一次窗口内的销售额列出前 {shown} 家。",
        "{n} in all; the {shown} with the greatest sales before.",
    ),
    "now": Text("现在", "Now"),
    "sales_before": Text("上一次销售额", "Sales before"),
    "sales_now": Text("现在销售额", "Sales now"),
    # stability
    "steadiness": Text("缓冲与人工调整", "Buffer and decisions of people"),
    "kept": Text("被缓冲保留的等级", "Grades kept by the buffer"),
    "kept_lead": Text(
        "有 {n} 家按规则会降级，这一次仍保留原等级。",
        "{n} customers would go down by the rules and keep their grade this time.",
    ),
    "kept_cause": Text("为什么保留", "Why kept"),
    "kept_class": Text("保留", "Kept"),
    "by_rules": Text("按规则", "By the rules"),
    "kept_by_margin": Text("在分档线的缓冲带内", "within the margin of the cut"),
    "kept_by_demote_after": Text("连续不达标的次数还不够", "not below it for enough reviews in a row"),
    "kept_by_min_stay": Text("未满最短停留时间", "not in the class for its shortest time yet"),
    "no_kept": Text("没有人因缓冲而保留等级。", "Nobody keeps a grade because of the buffer."),
    "overrides": Text("生效中的人工调整", "Classes given by people"),
    "overrides_lead": Text(
        "{n} 家的等级由人给定，先到期的 {shown} 家如下。",
        "{n} customers have a class that a person gave; the {shown} that expire first are below.",
    ),
    "given_class": Text("给定", "Given"),
    "by_system": Text("系统等级", "By the system"),
    "expires_on": Text("到期", "Until"),
    "no_overrides": Text("没有生效中的人工调整。", "No class was given by a person."),
    "appeals": Text("有 {n} 家的申诉还没有答复。", "Customers with an appeal that is not answered: {n}."),
    # curve
    "curve": Text("销售集中度", "Concentration of sales"),
    "curve_lead": Text(
        "客户按窗口内销售额从高到低排列。圆点是各类客户累计所在的位置，离曲线越近，等级越接近单纯的销售排名。",
        "Customers from the greatest sales to the least. Dots show where the classes stand, added up; the nearer to the "
        "curve, the closer the grade to a plain ranking by sales.",
    ),
    "cumulative_customers": Text("客户累计占比", "Cumulative share of customers"),
    "cumulative_sales": Text("销售累计占比", "Cumulative share of sales"),
    "curve_point": Text(
        "前 {heads} 的客户占销售 {sales}", "The top {heads} of customers bring {sales} of sales"
    ),
    "curve_mark": Text(
        "{title}：客户 {heads}，销售 {sales}", "{title}: {heads} of customers, {sales} of sales"
    ),
    "no_curve": Text(
        "窗口内没有销售额。导入带有客户、日期和金额三列的销售明细后，这里显示集中度曲线。",
        "There are no sales in the window. Import sales with a customer, a date and an amount to see the curve.",
    ),
    # rfm
    "rfm": Text("RFM 分布", "RFM map"),
    "rfm_lead": Text(
        "窗口内买过的 {n} 家客户。R 为距上次购买（5 为最近），F 为购买天数（5 为最多）；格中是客户数与户均销售额，空格无人。",
        "The {n} customers who bought in the window. R is the time since the last purchase (5 is the most recent), F the "
        "purchase days (5 is the most); a cell has its customers and their average sales; nobody stands in an empty one.",
    ),
    "rfm_chart": Text("R 分与 F 分的客户数", "Customers by R and F score"),
    "rfm_cell": Text(
        "R {r} · F {f}：{heads} 家，户均 {average}", "R {r} · F {f}: {heads} customers, {average} on average"
    ),
    "rfm_class": Text("RFM 八类", "RFM class"),
    "no_rfm": Text(
        "窗口内没有有效购买。导入带有客户、日期和金额三列的销售明细后，这里显示 RFM。",
        "Nobody bought in the window. Import sales with a customer, a date and an amount to see RFM.",
    ),
    # places
    "places": Text("地区", "Places"),
    "places_lead": Text(
        "分级客户按{title}，销售额从高到低。", "Classified customers by {title}, greatest sales first."
    ),
    "best_heads": Text("{title} 户数", "{title}"),
    "places_more": Text("另有 {n} 个未列出。", "{n} more are not shown."),
    "places_unknown": Text("{n} 家客户没有地区信息。", "{n} customers have no place."),
    "no_places": Text(
        "还不知道客户在哪里。导入带有“省份”或“区域”一列的客户资料或销售明细后，这里按地区汇总。",
        "No customer's place is known. A province or region column in the customers or sales file fills this table.",
    ),
    # products
    "products": Text("商品", "Products"),
    "products_lead": Text(
        "分级截止日之前、窗口之内，已知客户的购买额（不减退货）。",
        "Gross sales of known customers in the window, returns not deducted.",
    ),
    "by_category": Text("按品类", "By category"),
    "by_line": Text("按产品线", "By product line"),
    "by_product": Text("销售最多的商品", "Best-selling products"),
    "category": Text("品类", "Category"),
    "product_line": Text("产品线", "Product line"),
    "product_name": Text("商品", "Product"),
    "gross_sales": Text("购买额", "Gross sales"),
    "buyers": Text("购买客户", "Buyers"),
    "no_categories": Text(
        "还没有品类。销售明细或商品资料里的“品类”一列会填上这里。",
        "No category is known. A category column in the sales or products file fills this table.",
    ),
    "no_lines": Text(
        "还没有产品线。销售明细或商品资料里的“产品线”一列会填上这里。",
        "No product line is known. A product line column in the sales or products file fills this table.",
    ),
    "no_products": Text(
        "还没有商品。销售明细里的“商品编码”一列会填上这里。",
        "No product is known. A product code column in the sales file fills this table.",
    ),
    # leaders
    "leaders": Text("销售额最高的客户", "Greatest customers"),
    "leaders_lead": Text(
        "窗口内销售额前 {n} 位，附评级理由。",
        "The {n} customers with the greatest sales in the window, each with its reason.",
    ),
    "customer": Text("客户", "Customer"),
    "last_purchase": Text("最近购买", "Last purchase"),
    "no_leaders": Text(
        "没有已分级的客户可列。导入带有客户、日期和金额三列的销售明细后再看。",
        "There is no classified customer to list. Import sales with a customer, a date and an amount.",
    ),
    # rejected
    "rejected": Text("退回行", "Rejected rows"),
    "rejected_lead": Text(
        "共 {n} 行未被采用，下面是前 {shown} 行。在 rejects.xlsx 里改好后，只导入这些行即可。",
        "{n} rows were not taken; the first {shown} are below. Correct them in rejects.xlsx and import only those rows.",
    ),
    "place": Text("位置", "Place"),
    "cell": Text("原值", "As written"),
    "why_and_fix": Text("原因与改法", "What is wrong and how to fix it"),
    "no_rejected": Text(
        "没有退回行，读入的每一行都已采用。", "No row was rejected; every row read was taken."
    ),
    "rejected_gone": Text(
        "退回行的原文已不在工作区，只保留了上面的行数。",
        "The rejected rows themselves are no longer in the workspace; only their number is.",
    ),
    # value
    "value": Text("客户价值", "What customers are worth"),
    "value_lead": Text(
        "现在价值按窗口内的{basis}计；社会价值来自关系与互动。高于第 70 百分位为高。",
        "Current value counts the window's {basis}; social value comes from relations and interactions. High is above the "
        "70th percentile.",
    ),
    "value_positions": Text("三维定位", "Position on three values"),
    "position_future": Text("未来价值：{basis}。", "Future value: {basis}."),
    "now_high_later_high": Text("现在高 · 未来高", "Now high · later high"),
    "now_high_later_low": Text("现在高 · 未来低", "Now high · later low"),
    "now_low_later_high": Text("现在低 · 未来高", "Now low · later high"),
    "now_low_later_low": Text("现在低 · 未来低", "Now low · later low"),
    "now_high_later_unknown": Text("现在高 · 未来未知", "Now high · later unknown"),
    "now_low_later_unknown": Text("现在低 · 未来未知", "Now low · later unknown"),
    "social_high": Text("社会价值高", "Social value high"),
    "social_low": Text("社会价值低", "Social value low"),
    "social_unknown": Text("社会价值未知", "Social value unknown"),
    "value_unplaced": Text(
        "{n} 家只知一维，不定位。", "{n} are known on one axis only and have no position."
    ),
    "no_positions": Text(
        "历史不足两个窗口且没有关系数据，无法定位。",
        "With a history under two windows and no relations, nobody can be placed.",
    ),
    "whale": Text("价值鲸鱼曲线", "Whale curve of value"),
    "whale_lead": Text(
        "客户按现在价值从高到低累计。曲线最高处是总价值的 {peak}；其后 {n} 家为负，合计 {lost}。",
        "Current value summed from the best customer down. At its top the curve stands at {peak} of the total; {n} customers "
        "then cost {lost}.",
    ),
    "no_whale": Text(
        "总价值不为正，没有可画的曲线。", "Value in total is not positive, so there is no curve."
    ),
    "whale_peak": Text(
        "{heads} 的客户 → 总价值的 {share}", "{heads} of the customers → {share} of the value"
    ),
    "cumulative_value": Text("累计价值", "Cumulative value"),
    "current_value": Text("现在价值", "Current value"),
    "future_spread": Text("未来价值的分布", "How future value is spread"),
    "future_value": Text("未来价值", "Future value"),
    "future_share": Text("占未来价值", "Share of future value"),
    "no_future": Text(
        "历史不足两个窗口，看不出同类客户的留存率，未来价值未知。",
        "With a history under two windows the retention of like customers cannot be seen, and future value is unknown.",
    ),
    "lifetime": Text("今后一年的价值", "Value of the next year"),
    "lifetime_lead": Text(
        "{n} 家客户今后 365 天预计共 {total}，以{basis}计，按年 10% 折现。方法：{method}。",
        "{n} customers are expected to bring {total} in the next 365 days, counted in {basis} and discounted at 10% a year. "
        "Method: {method}.",
    ),
    "lifetime_share": Text("占今后一年的价值", "Share of next year's value"),
    "alive": Text("仍是客户的概率", "Chance of still being a customer"),
    "alive_lead": Text(
        "按购买天数（全部历史）与距上次购买的天数。格中是平均概率与客户数，空格无人。模型假定客户只在再次购买之后离开，"
        "所以只买过一天的总是 100%，并非证据。",
        "By purchase days in all history and days since the last purchase. A cell has the mean chance and its customers; "
        "nobody stands in an empty one. The model lets customers leave only after buying again, so those who bought on one "
        "day always stand at 100%: that is no evidence.",
    ),
    "alive_chart": Text("仍是客户的概率", "Chance of still being a customer"),
    "alive_cell": Text(
        "购买 {days} 天 · 距上次 {silence} 天：{heads} 家，平均 {chance}",
        "{days} purchase days · {silence} days ago: {heads} customers, {chance} on average",
    ),
    "alive_days": Text("购买天数", "Purchase days"),
    "alive_silence": Text("距上次购买（天）", "Days since the last purchase"),
    "no_alive": Text(
        "数据不足以使用终身模型，这个概率未知。",
        "The data do not allow the lifetime models, and this chance is unknown.",
    ),
    "calibration": Text("预测准不准", "How right the forecast was"),
    "calibration_unvalued": Text(
        "本次没有估算客户终身价值，无从检验。加上 --value 重新分级，这里显示预测与实际的对照。",
        "Lifetime value was not measured in this run, so there is no forecast to check. Classify again with --value to see "
        "it beside what came.",
    ),
    "no_calibration": Text(
        "还不能检验预测：{why}。有更长的购买历史（至少 20 家客户在数据期前一半里买过）后，这里显示预测与实际的对照。",
        "The forecast cannot be checked yet: {why}. A longer purchase history, with at least 20 customers who bought in its "
        "first half, fills this chart.",
    ),
    "calibration_purchase_days": Text(
        "只用 {cut} 及以前的数据，预测 {n} 家客户其后 {days} 天的购买天数：预测共 {predicted} 天，实际 {actual} 天。",
        "From the data up to {cut} alone, the purchase days of {n} customers in the {days} days after it: {predicted} "
        "foretold, {actual} came.",
    ),
    "calibration_gross_sales": Text(
        "只用 {cut} 及以前的数据，预测 {n} 家客户其后 {days} 天的购买额：预测共 {predicted}，实际 {actual}。",
        "From the data up to {cut} alone, the gross sales of {n} customers in the {days} days after it: {predicted} foretold, "
        "{actual} came.",
    ),
    "calibration_ratio": Text("预测是实际的 {ratio}。", "The forecast is {ratio} of what came."),
    "calibration_hits": Text(
        "客户按预测从少到多分为 {groups} 组，{hits} 组的预测落在实际的 95% 抽样区间内（实心点）；点在虚线上即完全说中，在虚线上方是低估。",
        "Of {groups} groups of customers, from the least foretold to the most, {hits} have a forecast within the 95% sampling "
        "interval of what came (solid dots); a dot on the dashed line is exactly right, above it the forecast was too low.",
    ),
    "calibration_method": Text("方法：{method}。", "Method: {method}."),
    "calibration_why": Text("没有用终身模型：{why}。", "No lifetime model: {why}."),
    "calibration_group": Text("组", "Group"),
    "calibration_unit_purchase_days": Text("每家购买天数", "purchase days each"),
    "calibration_unit_gross_sales": Text("每家购买额", "gross sales each"),
    "calibration_dot": Text(
        "{n} 家：预测 {predicted}，实际 {actual}（{low} 至 {high}）",
        "{n} customers: {predicted} foretold, {actual} came ({low} to {high})",
    ),
    "predicted": Text("预测", "Foretold"),
    "actual": Text("实际", "Came"),
    "interval": Text("实际的 95% 区间", "95% interval"),
    # definitions
    "definitions": Text("指标定义", "Definitions"),
    "definitions_lead": Text(
        "本标准用到的指标与本页出现的指标。窗口：截止日前 {days} 天。",
        "The measures the standard uses and those on this page. The window is the {days} days up to the as-of date.",
    ),
    "measure": Text("指标", "Measure"),
    "definition": Text("定义", "Definition"),
    # cuts
    "cuts": Text("分档线", "Cuts"),
    "cuts_lead": Text(
        "本次分级实际采用的数，与结果一同保存；理由里的“线”即指这些数。",
        "The numbers that applied in this run, stored with it; “line” in a reason means one of these.",
    ),
    "dimension": Text("维度", "Dimension"),
    "lowest": Text("达到此类的数", "Number that reaches it"),
    "class": Text("类", "Class"),
    "peers": Text("比较范围", "Compared with"),
    "everyone": Text("全部", "everyone"),
    "no_cuts": Text(
        "本标准的分档是写明的固定条件，没有随数据变化的分档线。",
        "The standard's conditions are fixed as written; no cut depends on the data.",
    ),
    # workbook
    "sheet_overview": Text("总览", "Overview"),
    "sheet_all": Text("全部客户", "All customers"),
    "sheet_rejected": Text("退回行", "Rejected"),
    "sheet_notes": Text("说明", "Notes"),
    "customer_id": Text("客户编号", "Customer id"),
    "customer_name": Text("客户名称", "Customer name"),
    "yes": Text("是", "yes"),
    "no": Text("否", "no"),
    "strategy_goal": Text("策略目标", "Goal"),
    "rhythm_days": Text("联系间隔（天）", "Contact every (days)"),
    "standard": Text("分类标准", "Standard"),
    "rejected_all": Text(
        "{n} 行未被采用。在 rejects.xlsx 里改好后，只导入这些行即可。",
        "{n} rows were not taken. Correct them in rejects.xlsx and import only those rows.",
    ),
    "file": Text("文件", "File"),
    "sheet": Text("工作表", "Sheet"),
    "row": Text("行", "Row"),
    "column": Text("列", "Column"),
    "grade_definition": Text(
        "按“{standard}”评定的最终等级；空白表示未参评或数据不足，见理由",
        "the final grade under “{standard}”; empty means not judged or not enough data, see the reason",
    ),
    "provisional_definition": Text(
        "客龄不足 90 天，或只有部分指标已知，等级为暂定",
        "tenure below 90 days, or only part of the measures known: the grade may change",
    ),
    "reason_definition": Text(
        "评定的结论、数字与所依据的线", "the conclusion, the number and the line that decided it"
    ),
    "strategy_definition": Text(
        "标准为该等级与状态写明的策略", "what the standard does for this grade and state"
    ),
    "dimension_definition": Text("标准的维度“{title}”", "the standard's dimension “{title}”"),
    "not_in_run": Text(
        "未找到：这一行的客户不在本次分级中", "Not found: this row's customer is not in the run"
    ),
    "split_note": Text(
        "客户超过单个工作表的行数上限，名单分在 {n} 个工作表上。",
        "There are more customers than one sheet can hold; the list continues over {n} sheets.",
    ),
}


SECTIONS = (
    "headline", "warnings", "assumptions", "ledger", "classes", "grid", "curve", "moves", "steadiness", "value", "rfm", "places", "products", "leaders", "rejected",
    "definitions", "cuts",
)  # fmt: skip
"""The sections of the page in order; each is the key of its title."""


def contents_of(state: Text, left_out: Collection[str] = ()) -> tuple[tuple[str, Text], ...]:
    """Anchor and title of every section but those `left_out`; `state` titles what the grid crosses with the grade."""
    shown = (key for key in SECTIONS if key not in left_out)
    return tuple((key, WORDS[key].fill(state=state) if key == "grid" else WORDS[key]) for key in shown)
