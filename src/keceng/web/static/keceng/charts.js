// Charts of a page: each element with data-chart reads its numbers from the JSON element that data-source names.
(function () {
  "use strict";
  const RAMP = ["#14304f", "#1d5c7a", "#24777e", "#5fa58f", "#a3b07c", "#d3b574", "#e6d9bd"];
  const INK = "#49566a";
  const makers = {
    pareto: function (points) {
      return {
        grid: { left: 44, right: 12, top: 12, bottom: 34 },
        tooltip: { trigger: "axis", valueFormatter: function (share) { return (100 * share).toFixed(1) + " %"; } },
        xAxis: { type: "value", min: 0, max: 1, axisLabel: { color: INK, formatter: function (x) { return 100 * x + "%"; } } },
        yAxis: { type: "value", min: 0, max: 1, axisLabel: { color: INK, formatter: function (y) { return 100 * y + "%"; } } },
        series: [{ type: "line", data: points, symbol: "none", lineStyle: { color: RAMP[1], width: 2 }, areaStyle: { color: RAMP[1], opacity: 0.12 } }]
      };
    },
    flows: function (flows) {
      const names = [];
      const links = flows.map(function (flow) {
        const link = { source: flow[0] + " ", target: flow[1], value: flow[2] };
        [link.source, link.target].forEach(function (name) { if (names.indexOf(name) < 0) { names.push(name); } });
        return link;
      });
      const classes = names.map(function (n) { return n.trim(); }).sort();
      const ordered = classes.filter(function (c, i) { return classes.indexOf(c) === i; });
      const data = names.sort().map(function (name) {
        const place = Math.round(6 * ordered.indexOf(name.trim()) / Math.max(1, ordered.length));
        return { name: name, itemStyle: { color: RAMP[Math.min(5, place)] } };
      });
      return { tooltip: {}, series: [{ type: "sankey", data: data, links: links, left: 8, right: 40, top: 10, bottom: 10, layoutIterations: 0, lineStyle: { color: "gradient", opacity: 0.35 }, label: { color: INK } }] };
    }
  };
  function draw() {
    document.querySelectorAll("[data-chart]").forEach(function (place) {
      const source = document.getElementById(place.dataset.source);
      if (!source || place.dataset.drawn) { return; }
      place.dataset.drawn = "yes";
      const chart = echarts.init(place, null, { renderer: "svg" });
      chart.setOption(Object.assign({ animation: false }, makers[place.dataset.chart](JSON.parse(source.textContent))));
      window.addEventListener("resize", function () { chart.resize(); });
    });
  }
  document.addEventListener("DOMContentLoaded", draw);
  document.addEventListener("htmx:afterSettle", draw);
})();
