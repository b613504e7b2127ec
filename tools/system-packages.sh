#!/bin/sh
# System packages that only tests need: Chromium and CJK fonts to look at pages as a person would, PostgreSQL's server,
# which the tests start by themselves in a directory of their own, and Java for a Spark cluster, which they start likewise.
# Installs them where it may (root and apt); otherwise says in one line what is missing and goes on.
set -u
missing=""
command -v chromium >/dev/null 2>&1 || missing="$missing chromium"
fc-list 2>/dev/null | grep -qi "noto.*cjk" || missing="$missing fonts-noto-cjk"
command -v fc-list >/dev/null 2>&1 || missing="$missing fontconfig"
ls /usr/lib/postgresql/*/bin/postgres >/dev/null 2>&1 || command -v postgres >/dev/null 2>&1 || missing="$missing postgresql"
command -v java >/dev/null 2>&1 || missing="$missing default-jre-headless"
[ -z "$missing" ] && exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq && apt-get install -y -qq --no-install-recommends $missing >/dev/null && exit 0
fi
echo "Some tests will be skipped: please install$missing. 缺少系统软件, 部分测试将跳过:$missing"
