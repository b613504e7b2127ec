// Charts of a page: each element with data-chart reads its numbers from the JSON element that data-source names.
(function () {
  "use strict";
  const RAMP = ["#14304f", "#1d5c7a", "#24777e", "#5fa58f", "#a3b07c", "#d3b574", "#e6d9bd"];
  const INK = "#49566a", LINE = "#dfe4ea", NOBODY = "#b9c1cb";
  const makers = {
    pareto: function (points, words) {
      const percent = function (x) { return Math.round(100 * x) + "%"; };
      function axis(name) { return { type: "value", name: name, nameLocation: "middle", nameGap: 30, nameTextStyle: { color: INK }, min: 0, max: 1, axisLabel: { color: INK, formatter: percent }, splitLine: { lineStyle: { color: LINE } } }; }
      return {
        grid: { left: 62, right: 16, top: 12, bottom: 46 },
        tooltip: { trigger: "axis", formatter: function (at) { return words.x + " " + percent(at[0].data[0]) + " · " + words.y + " " + (100 * at[0].data[1]).toFixed(1) + "%"; } },
        xAxis: axis(words.x),
        yAxis: Object.assign(axis(words.y), { nameGap: 46 }),
        series: [{ type: "line", data: points, symbol: "none", lineStyle: { color: RAMP[1], width: 2 }, areaStyle: { color: RAMP[1], opacity: 0.12 } }]
      };
    },
    // The run before stands left and this one right; a class has the colour that it has everywhere.
    flows: function (flows) {
      const order = Object.keys(flows.places);
      function rank(name) { const at = order.indexOf(name.trim()); return at < 0 ? order.length : at; }
      const links = flows.links.map(function (flow) { return { source: flow[0] + " ", target: flow[1], value: flow[2] }; });
      const names = Array.from(new Set(links.flatMap(function (link) { return [link.source, link.target]; })));
      const data = names.sort(function (a, b) { return rank(a) - rank(b); }).map(function (name) {
        const place = flows.places[name.trim()];
        return { name: name, itemStyle: { color: place === undefined ? NOBODY : RAMP[place] }, label: { position: name.endsWith(" ") ? "right" : "left" } };
      });
      return { tooltip: {}, series: [{ type: "sankey", data: data, links: links, left: 4, right: 4, top: 10, bottom: 10, nodeGap: 14, layoutIterations: 0, lineStyle: { color: "gradient", opacity: 0.35 }, label: { color: INK, fontWeight: 600 } }] };
    }
  };
  function draw() {
    document.querySelectorAll("[data-chart]").forEach(function (place) {
      const source = document.getElementById(place.dataset.source);
      if (!source || place.dataset.drawn) { return; }
      place.dataset.drawn = "yes";
      const chart = echarts.init(place, null, { renderer: "svg" });
      chart.setOption(Object.assign({ animation: false, textStyle: { fontFamily: getComputedStyle(document.body).fontFamily } }, makers[place.dataset.chart](JSON.parse(source.textContent), place.dataset)));
      window.addEventListener("resize", function () { chart.resize(); });
    });
  }
  document.addEventListener("DOMContentLoaded", draw);
  document.addEventListener("htmx:afterSettle", draw);
})();
