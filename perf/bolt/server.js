// What a company would write instead of nod, for make bench-http: Bolt for JavaScript over HTTP, and Postgres. A press on Approve is the yardstick's
// decision (../decide.sql), statement by statement, in one transaction; then it is acknowledged, and whoever pressed is told by its response_url.
//
// It has no authority check, no guard against a press that comes twice, no audit and no cards. The statements have names, so that each is prepared
// once for a connection: it is the faster way that node-pg has, and what nod is measured against should not be slow by neglect.
//
// Environment: PORT, POOL (connections to Postgres), DATABASE_URL, SLACK_BOT_TOKEN, SLACK_SIGNING_SECRET, SLACK_API_URL.
import bolt from "@slack/bolt";
import pg from "pg";

const { PORT, POOL, DATABASE_URL, SLACK_BOT_TOKEN, SLACK_SIGNING_SECRET, SLACK_API_URL } = process.env;

const statements = {
	look: `
SELECT state, version, approver
  FROM yardstick.requests
 WHERE id = $1
   FOR UPDATE`,
	change: `
UPDATE yardstick.requests
   SET state = 'approved', version = version + 1, updated_at = now()
 WHERE id = $1`,
	note: `
INSERT INTO yardstick.request_events (request_id, version, actor, event, from_state, to_state)
SELECT id, version, approver, 'approve', 'pending', state
  FROM yardstick.requests
 WHERE id = $1`,
	tell: `
INSERT INTO yardstick.outbox (request_id, target, payload)
VALUES ($1, 'U00000001', '{"text": "Your leave request was approved", "channel": "D0123456789"}')`,
};

const pool = new pg.Pool({ connectionString: DATABASE_URL, max: Number(POOL) });

// approve decides a request that waits, and tells whether it did.
async function approve(id) {
	const client = await pool.connect();
	const run = (name) => client.query({ name, text: statements[name], values: [id] });
	try {
		await client.query("BEGIN");
		const { rows } = await run("look");
		const waits = rows.length === 1 && rows[0].state === "pending";
		if (waits) {
			await run("change");
			await run("note");
			await run("tell");
		}
		await client.query("COMMIT");
		client.release();
		return waits;
	} catch (error) {
		client.release(error); // the connection is closed, and its transaction with it
		throw error;
	}
}

const receiver = new bolt.HTTPReceiver({
	signingSecret: SLACK_SIGNING_SECRET,
	endpoints: "/slack/interactions",
	customRoutes: [{ path: "/ready", method: "GET", handler: (_, response) => response.end("ready") }],
});
const app = new bolt.App({ token: SLACK_BOT_TOKEN, receiver, clientOptions: { slackApiUrl: SLACK_API_URL } });

app.action("approve", async ({ ack, action, respond }) => {
	const { subject } = JSON.parse(action.value);
	const done = await approve(subject);
	await ack();
	await respond({ response_type: "ephemeral", replace_original: false,
		text: done ? `You approved ${subject}.` : `${subject} was already decided.` });
});

await app.start(Number(PORT));
