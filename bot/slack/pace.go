package slack

import (
	"context"
	"errors"
	"time"

	"github.com/nod-chat/nod/bot/deliver"
)

// limits are what the outbox allows itself of what docs.slack.dev/apis/web-api/rate-limits allows an app in a workspace, by method. Answers
// to people who wait come by views.*, chat.postEphemeral and response_url, which Slack counts for themselves, and are not paced: however
// much is being sent, they are not held up.
var limits = map[string]deliver.Limit{
	"chat.postMessage":      {Every: 250 * time.Millisecond, Burst: 8}, // "several hundred a minute" over all channels: 240
	"chat.update":           tier3,
	"conversations.history": tier3,
	"conversations.open":    {Every: 2 * time.Second, Burst: 20},
}

// Tier 3 is "50+ per minute", and "sporadic bursts are welcome": no minute has more than 50 of these. Channels are opened once, many of
// them after a start.
var tier3 = deliver.Limit{Every: 1500 * time.Millisecond, Burst: 10}

// One message a second and channel; short bursts may be taken, and are not relied upon (chat.postMessage). The rest is for clocks that
// differ.
const spacing = 1050 * time.Millisecond

// limit is what a method allows in the workspace. Another server than Slack's counts for itself.
func (c *Chat) limit(method string) deliver.Limit {
	l := limits[method]
	l.Key, l.Wide = "slack:"+c.APIURL+c.at().Team+":"+method, true
	return l
}

// channelLimit is what a channel takes.
func (c *Chat) channelLimit(channel string) deliver.Limit {
	return deliver.Limit{Key: "slack:" + c.APIURL + channel, Every: spacing}
}

// paced calls a method when it is its turn. Slack counts per method and workspace, so when it asks to be left alone, all channels and all
// replicas keep to it.
func (c *Chat) paced(ctx context.Context, call func() error, method deliver.Limit, more ...deliver.Limit) error {
	if err := c.Pace.Turn(ctx, append(more, method)...); err != nil {
		return err
	}
	err := call()
	var retry deliver.RetryAfter
	if errors.As(err, &retry) {
		c.Pace.Hold(ctx, method, retry.Wait)
	}
	return err
}
