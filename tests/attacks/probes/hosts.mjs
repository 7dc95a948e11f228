// Tries to reach hosts in every spelling of a URL that a client or a library may understand in its own way.
import { readFileSync } from "node:fs";

const spellings = JSON.parse(readFileSync("hosts.json", "utf8"));
const outcomes = {};

for (const [name, url] of Object.entries(spellings)) {
  try {
    const answer = await fetch(url, { redirect: "manual", signal: AbortSignal.timeout(10000) });
    const text = await answer.text();
    outcomes[name] = text === "reached" ? "done" : String(answer.status);
  } catch (error) {
    outcomes[name] = error.cause?.code ?? error.cause?.name ?? error.code ?? error.name;
  }
}
console.log(JSON.stringify(outcomes));
