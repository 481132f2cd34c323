"use strict";

const turns = document.getElementById("turns");
const form = document.getElementById("ask");
const AWAITED = "…";
const LOST = "The connection was lost. Please ask again.";
const UNAVAILABLE = "The question can’t be answered at the moment. Please ask again in a minute.";
let conversationId = null;

function add(parent, tag, text = "") {
  const element = parent.appendChild(document.createElement(tag));
  element.textContent = text;
  return element;
}

// Below what came of the answer, if anything did.
function fail(message, answer, article) {
  if (["", AWAITED].includes(answer.textContent)) answer.remove();
  add(article, "p", message).className = "error";
}

function show(name, data, answer, article) {
  if (name === "token") answer.textContent += data.text;
  if (name === "message") answer.textContent = data.text;
  if (name === "error") fail(data.message, answer, article);
  if (name === "done") conversationId = data.conversation_id;
  if (name === "sources" && data.sources.length) {
    add(article, "p", "Sources, each in a new tab:").className = "label";
    const list = add(article, "ul");
    for (const source of data.sources) {
      // A page's address comes from the index: anything but a web address would run as script when clicked.
      if (!/^https?:\/\//.test(source.url)) continue;
      const link = add(add(list, "li"), "a", source.title);
      link.href = source.url;
      // In a tab of its own, since this one holds the conversation.
      link.target = "_blank";
      link.rel = "noopener noreferrer";
    }
  }
}

// EventSource can't POST, so the stream is read by hand: events end with an empty line, comments start with a colon.
async function* events(response) {
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    const blocks = (rest + value).split("\n\n");
    rest = blocks.pop();
    for (const block of blocks) {
      const match = /^event: (.*)\ndata: (.*)$/.exec(block);
      if (match) yield [match[1], JSON.parse(match[2])];
    }
  }
}

async function refusal(response) {
  // What refuses before the application does (the firewall, CloudFront, the load balancer) doesn't answer in JSON.
  const { error } = await response.json().catch(() => ({ error: { message: UNAVAILABLE } }));
  if (error.code === "conversation_id") conversationId = null;
  return error.message;
}

async function ask(question, article) {
  const answer = add(article, "p", AWAITED);
  try {
    const response = await fetch("/api/chat", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(conversationId ? { question, conversation_id: conversationId } : { question }),
    });
    if (!response.ok) return fail(await refusal(response), answer, article);
    let first = true;
    let finished = false;
    for await (const [name, data] of events(response)) {
      if (first) answer.textContent = "";
      first = false;
      finished ||= name === "done" || name === "error";
      show(name, data, answer, article);
    }
    if (!finished) fail(LOST, answer, article);
  } catch {
    fail(LOST, answer, article);
  }
}

form.addEventListener("submit", async (submitted) => {
  submitted.preventDefault();
  const question = form.question.value.trim();
  if (!question) return;
  form.reset();
  const article = add(turns, "article");
  add(article, "h2", question);
  await ask(question, article);
});
