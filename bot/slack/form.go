package slack

import (
	"errors"
	"slices"
	"strconv"
	"time"
	"unicode/utf8"

	slackapi "github.com/slack-go/slack"

	"github.com/nod-chat/nod/bot"
	"github.com/nod-chat/nod/bot/chat"
	"github.com/nod-chat/nod/workflows"
)

// Limits of views and inputs: docs.slack.dev/reference/views, …/block-kit/block-elements. Longer is refused.
const (
	maxTitle       = 24 // of a modal, and of its submit and close
	maxMeta        = 3000
	maxLabel       = 2000
	maxPlaceholder = 150
	maxInput       = 3000
	maxOptions     = 100 // in a select or a group, and groups
	maxOptionText  = 75
	maxOptionValue = 150
)

// The callback_ids of views that are no forms; a form's is its own id.
const (
	loadingView = "loading" // opened at once, while what belongs into it is still being looked up
	savingView  = "saving"  // stands in for an outcome that takes too long
	answerView  = "answer"  // a private answer
)

// faultBlock begins the id of the block that says what is wrong with an input, where Slack's own errors cannot stand: they are only for
// what was sent.
const faultBlock = "fault:"

// meta rides in a view's private_metadata. The response_url is where the private answer goes once the form is gone: it works for 30
// minutes, and in channels that the bot is not in.
type meta struct {
	Nonce   string              `json:"n,omitempty"`
	Number  string              `json:"r,omitempty"` // for showing only
	Subject workflows.SubjectID `json:"i,omitempty"`
	Digest  string              `json:"g,omitempty"`
	Respond string              `json:"u,omitempty"`
	Message string              `json:"d,omitempty"` // the message form that it changes, as CHANNEL:TS
	Round   int                 `json:"f,omitempty"` // how often files were taken from it
	Line    int                 `json:"l,omitempty"` // of a list, whose inputs stand in it; 0: it has no list
	Turn    int                 `json:"t,omitempty"` // how often another line was opened
	Held    map[string]string   `json:"v,omitempty"` // values of the other lines
	Apart   string              `json:"a,omitempty"` // names the draft where those lie
	Home    bool                `json:"h,omitempty"` // it was opened from the App Home, which is to be drawn again
}

func (m meta) String() string {
	text := chat.Encode(m)
	if utf8.RuneCountInString(text) > maxMeta {
		m.Respond = ""
		text = chat.Encode(m)
	}
	return text
}

// readMeta reads what rides in a view that came back: ours, or nothing.
func readMeta(s string) (meta, error) {
	var m meta
	if err := chat.Decode(s, &m); err != nil {
		return meta{}, err
	}
	if !chat.IsAbout(m.Subject, m.Digest) {
		return meta{}, errors.New("this is about nothing that can be")
	}
	return m, nil
}

// viewRef names a view for an update.
type viewRef struct {
	id       string
	external string // where the id is not known yet
	hash     string // empty: whatever stands there
}

// formView draws a form in which m rides. Slack keeps what is filled in as long as block and action ids stay, so first values only matter
// when it opens.
func formView(f bot.Form, m meta) slackapi.ModalViewRequest {
	v := slackapi.ModalViewRequest{Type: slackapi.VTModal, CallbackID: cut(f.ID, maxID), PrivateMetadata: m.String(),
		Title: plain(f.Title, maxTitle), Submit: plain(f.Send, maxTitle), Close: plain(f.Cancel, maxTitle)}
	var blocks []slackapi.Block
	if f.Fault != "" {
		blocks = append(blocks, faultText("", f.Fault))
	}
	if f.Intro != "" {
		blocks = append(blocks, section(f.Intro))
	}
	tail := lineBlocks(f.Preview, maxViewBlocks/3, maxAll)
	tail = append(tail, stepBlocks(f.Steps)...)
	if len(tail) > 0 {
		tail = append([]slackapi.Block{slackapi.NewDividerBlock()}, tail...)
	}
	list, inList := drawList(f.List, m.Turn), false
	for _, field := range f.Fields {
		drawn := []slackapi.Block{input(field, f.Live, m.Turn)}
		if field.Asks == workflows.AskFiles {
			drawn = fileInputs(field, m.Round, m.Turn)
		}
		switch {
		case field.Line > 0 && !inList:
			blocks, list.before, inList = append(blocks, list.before...), nil, true
		case field.Line == 0 && inList:
			blocks, list.after, inList = append(blocks, list.after...), nil, false
		}
		if len(blocks)+len(drawn)+list.size()+len(tail)+1 > maxViewBlocks {
			break
		}
		blocks = append(blocks, drawn...)
		if field.Fault != "" {
			blocks = append(blocks, faultText(field.Name, field.Fault))
		}
	}
	blocks = append(append(blocks, list.before...), list.after...)
	v.Blocks = slackapi.Blocks{BlockSet: append(blocks, tail...)}
	return v
}

func faultText(field, sentence string) slackapi.Block {
	return smallPrint(toned(workflows.Warn, sentence), cut(faultBlock+field, maxID))
}

// input draws a field. Its block and its element carry the field's name; fieldOf reads it off the block of a line that was opened later.
func input(f bot.FormField, live bool, turn int) slackapi.Block {
	id := f.Name
	if f.Line > 0 && turn > 0 {
		id += roundMark + strconv.Itoa(turn)
	}
	b := slackapi.NewInputBlock(cut(id, maxID), plain(f.Label, maxLabel), nil, nil)
	b.Optional = !f.Required
	if f.Hint != "" {
		b.Hint = plain(f.Hint, maxLabel)
	}
	options := choices(f.Options)
	switch {
	case f.Asks == workflows.AskDate:
		e := slackapi.NewDatePickerBlockElement(cut(f.Name, maxID))
		if _, err := time.Parse(time.DateOnly, f.Value); err == nil {
			e.InitialDate = f.Value
		}
		b.Element, b.DispatchAction = e, live
	case (f.Asks == workflows.AskChoice || f.Asks == workflows.AskHalf) && len(options) > 0:
		e := slackapi.NewOptionsSelectBlockElement(slackapi.OptTypeStatic, nil, cut(f.Name, maxID))
		e.Options, e.OptionGroups = offered(options)
		if i := slices.IndexFunc(options, func(o *slackapi.OptionBlockObject) bool { return o.Value == f.Value }); i >= 0 {
			e.InitialOption = options[i]
		}
		b.Element, b.DispatchAction = e, live
	default: // a number, too: Slack's number_input refuses ３ and 1,000, which people write
		e := slackapi.NewPlainTextInputBlockElement(nil, cut(f.Name, maxID))
		most := maxInput
		if f.Max > 0 {
			most = min(f.Max, maxInput)
		}
		e.Multiline, e.MaxLength, e.InitialValue = f.Asks == workflows.AskLong, most, cut(f.Value, most)
		if f.Steers && live {
			b.DispatchAction, e.DispatchActionConfig = true, &slackapi.DispatchActionConfig{TriggerActionsOn: []string{"on_enter_pressed"}}
		}
		b.Element = e
	}
	return b
}

// choices draws options; what Slack could not carry back is left out.
func choices(list []bot.FormOption) []*slackapi.OptionBlockObject {
	var options []*slackapi.OptionBlockObject
	for _, o := range list {
		if o.Value != "" && utf8.RuneCountInString(o.Value) <= maxOptionValue && len(options) < maxOptions*maxOptions {
			options = append(options, slackapi.NewOptionBlockObject(o.Value, plain(o.Label, maxOptionText), nil))
		}
	}
	return options
}

// offered is how a select takes options: as they are, or in groups where there are many.
func offered(options []*slackapi.OptionBlockObject) ([]*slackapi.OptionBlockObject, []*slackapi.OptionGroupBlockObject) {
	if len(options) <= maxOptions {
		return options, nil
	}
	return nil, groups(options)
}

// groups cuts a long list of options into the groups that Slack wants, each named after its place.
func groups(options []*slackapi.OptionBlockObject) []*slackapi.OptionGroupBlockObject {
	var list []*slackapi.OptionGroupBlockObject
	for i := 0; i < len(options); i += maxOptions {
		part := options[i:min(i+maxOptions, len(options))]
		name := strconv.Itoa(i+1) + "–" + strconv.Itoa(i+len(part))
		list = append(list, slackapi.NewOptionGroupBlockElement(plain(name, maxOptionText), part...))
	}
	return list
}

// standing draws the view that says something in both languages: one that waits, or stands in for an outcome.
func (c *Chat) standing(callback, sentence string, m meta) slackapi.ModalViewRequest {
	return slackapi.ModalViewRequest{Type: slackapi.VTModal, CallbackID: callback, PrivateMetadata: m.String(),
		Title: plain(c.label("slack.title"), maxTitle),
		Close: plain(c.label("slack.close"), maxTitle), Blocks: slackapi.Blocks{BlockSet: []slackapi.Block{section(sentence)}}}
}

// answered draws the view that private answers stand in.
func (c *Chat) answered(told []bot.Message, m meta) slackapi.ModalViewRequest {
	v := c.standing(answerView, "", m)
	v.Blocks.BlockSet = nil
	for _, t := range told {
		v.Blocks.BlockSet = append(v.Blocks.BlockSet, messageBlocks(t, maxViewBlocks/len(told))...)
	}
	return v
}
