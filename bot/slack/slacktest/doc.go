// Package slacktest is a Slack workspace for tests: the Web API, the requests that Slack sends to an app, Socket Mode, and the screens of
// its users.
//
// It refuses what Slack refuses, so that what passes here has a chance there. Each rule names its source:
//
//	[methods]   docs.slack.dev/reference/methods/NAME: arguments, scopes, error codes, tier
//	[blocks]    docs.slack.dev/reference/block-kit, and python-slack-sdk slack_sdk/models/{blocks,views} for the figures
//	[events]    docs.slack.dev/apis/events-api, section on retries
//	[interact]  docs.slack.dev/interactivity/handling-user-interaction: 3 s, response_url, view responses
//	[files]     docs.slack.dev/messaging/working-with-files and …/reference/objects/file-object: upload in three steps, url_private
//	            with the token
//	[rates]     docs.slack.dev/apis/web-api/rate-limits
//	[sign]      docs.slack.dev/authentication/verifying-requests-from-slack
//	[grid]      docs.slack.dev/enterprise and …/enterprise/developing-for-enterprise-orgs: enterprise_user, authorizations, team: null
//	[socket]    docs.slack.dev/apis/events-api/using-socket-mode; slack-go socketmode.go for the 20 kB and the single frame
//
// What is not drawn by any adapter here (rich_text, video, tables …) is refused as an unsupported type: teach rules.go first. It never
// waits: time is the clock that it is given. To add a method, add a line to methods and its function.
package slacktest
