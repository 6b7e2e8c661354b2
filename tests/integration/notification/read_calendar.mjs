// Reads a calendar as Thunderbird and Nextcloud do, and prints what they would show, in UTC.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const [folder, file] = process.argv.slice(2);
const { default: ICAL } = await import(createRequire(`${folder}/`).resolve("ical.js"));
const calendar = new ICAL.Component(ICAL.parse(readFileSync(file, "utf8")));
for (const zone of calendar.getAllSubcomponents("vtimezone")) ICAL.TimezoneService.register(zone);
const utc = (time) => time.toJSDate().toISOString();
const events = calendar.getAllSubcomponents("vevent").map((entry) => {
  const event = new ICAL.Event(entry);
  return {
    uid: event.uid,
    sequence: event.sequence,
    summary: event.summary,
    status: entry.getFirstPropertyValue("status"),
    starts_at: utc(event.startDate),
    ends_at: utc(event.endDate),
  };
});
console.log(JSON.stringify({ method: calendar.getFirstPropertyValue("method"), events }));
