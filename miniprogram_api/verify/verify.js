"use strict";

const at = (id) => document.getElementById(id);
const MARKS = { valid: "✓", revoked: "✕", refused: "✕", waiting: "…", unknown: "?" };

function show(state, verdict, reason, facts) {
  const result = at("result");
  result.className = "card " + state;
  result.hidden = false;
  at("mark").textContent = MARKS[state];
  at("verdict").textContent = verdict;
  at("reason").textContent = reason;
  at("facts").replaceChildren(...facts.map(([name, value]) => {
    const row = document.createElement("div");
    const term = document.createElement("dt");
    const detail = document.createElement("dd");
    term.textContent = name;
    detail.textContent = value;
    row.append(term, detail);
    return row;
  }));
  at("compare").hidden = state !== "valid";
}

function told(answer) {
  const facts = [
    ["文件", answer.kind_label],
    ["编号", answer.serial],
    ["姓名", answer.holder],
    ["出具日期", answer.issued_on],
    ["状态", answer.state_label],
  ];
  if (answer.state === "valid") {
    show("valid", "真实有效", "签名正确，文件在有效状态。", facts);
  } else {
    show("revoked", "已作废", "签名正确，但本机构已将该文件作废，请勿采用。", facts);
  }
}

async function verify(qr) {
  at("go").disabled = true;
  show("waiting", "正在核验", "", []);
  try {
    const response = await fetch("api/v1/documents/verifications", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ qr }),
      credentials: "omit",
    });
    const answer = await response.json();
    if (response.ok) {
      told(answer);
    } else if (response.status === 422) {
      show("refused", "核验未通过", answer.detail || answer.title, []);
    } else {
      show("unknown", "暂时不能核验", answer.title, []);
    }
  } catch {
    show("unknown", "暂时不能核验", "网络不通或系统繁忙，请稍后再试。", []);
  }
  at("go").disabled = false;
}

function fromAddress() {
  const claim = location.hash.slice(1);
  if (claim) verify(claim);
}

at("go").addEventListener("click", () => {
  const text = at("text").value.trim();
  if (text) verify(text);
});
addEventListener("hashchange", fromAddress);
fromAddress();
