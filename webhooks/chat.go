package webhooks

import (
	"fmt"
	"strings"

	"keur/internal/form"
	"keur/internal/words"
	"keur/labels"
)

// saying is what is said to people in a chat, in the label's language. All of it is
// plain text: what is a name in it may hold anything.
type saying struct {
	Label string // whose it is; "": of none
	Text  string
	URL   string // where the desk shows more; "": nowhere
	Do    string // what the link is called
}

// mostSaid is how many characters are said at most: a chat refuses a message that is
// too long, whole, and why a send is held may name many things.
const mostSaid = 2000

// sayingOf says an event.
func (s *Sender) sayingOf(label labels.Label, t Type, data map[string]any) saying {
	say := words.In(label.Locale)
	if label.ID == 0 {
		say = words.In("en")
	}
	args := []any{}
	for _, place := range []string{"name", "step", "verdict", "audience", "provider", "suppressed", "added", "changed", "rejected",
		"domain", "kind", "events", "mails"} {
		args = append(args, place, number(data[place]))
	}
	if why, held := data["held_reason"].(reason); held {
		args = append(args, "reason", say.Say(why.said))
	}
	if sums, has := data["outcomes"].(map[string]int64); has {
		args = append(args, "sent", sums["sent"], "bounced", sums["bounced"], "lapsed", sums["lapsed"])
	}
	text := say.Of("webhook_said", strings.ReplaceAll(string(t), ".", "_"), args...)
	said := saying{Label: label.Name, Text: form.Fit(text, mostSaid)}
	if path := pathOf(t, data); path != "" {
		said.URL, said.Do = s.DeskURL+path, say.T("webhook_said.open")
	}
	return said
}

// number returns a number as one, so that it is written as the language does.
func number(v any) any {
	if n, is := v.(interface{ Int64() (int64, error) }); is {
		if whole, err := n.Int64(); err == nil {
			return whole
		}
	}
	return v
}

// pathOf returns where the desk shows what an event is about.
func pathOf(t Type, data map[string]any) string {
	switch t.Thing() {
	case "approval", "mailing":
		return fmt.Sprintf("/mailings/%v", data["mailing_id"])
	case "send":
		return fmt.Sprintf("/sends/%v", data["send_id"])
	case "import":
		return "/imports"
	case "bounces":
		return "/settings/bounces"
	case "alarm":
		return fmt.Sprintf("/alarms/%v", data["alarm_id"])
	}
	return ""
}

// slackText writes a text so that Slack shows it as it is: what it would read as a
// mention or a link, or as a character by its name, it doesn't.
func slackText(text string) string {
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(text)
}

// slackOf is the body for an incoming webhook of Slack. The blocks are plain text,
// in which nothing is a link or a mention; text is what notifications show.
func slackOf(s saying) map[string]any {
	plain := func(text string) map[string]any {
		return map[string]any{"type": "plain_text", "text": slackText(text), "emoji": false}
	}
	blocks := []any{map[string]any{"type": "section", "text": plain(s.Text)}}
	if s.Label != "" {
		blocks = append(blocks, map[string]any{"type": "context", "elements": []any{plain(s.Label)}})
	}
	if s.URL != "" {
		blocks = append(blocks, map[string]any{"type": "actions", "elements": []any{
			map[string]any{"type": "button", "text": plain(s.Do), "url": s.URL},
		}})
	}
	return map[string]any{
		"text": slackText(s.Text), "mrkdwn": false, "parse": "none", "link_names": false, "unfurl_links": false, "unfurl_media": false,
		"blocks": blocks,
	}
}

// teamsOf is the body for a workflow of Microsoft Teams: an Adaptive Card. Its words
// are text runs, in which Markdown isn't read.
func teamsOf(s saying) map[string]any {
	runs := func(text string, also map[string]any) map[string]any {
		run := map[string]any{"type": "TextRun", "text": text}
		for name, value := range also {
			run[name] = value
		}
		return map[string]any{"type": "RichTextBlock", "inlines": []any{run}}
	}
	body := []any{runs(s.Text, nil)}
	if s.Label != "" {
		body = append(body, runs(s.Label, map[string]any{"isSubtle": true, "size": "Small"}))
	}
	card := map[string]any{
		"$schema": "http://adaptivecards.io/schemas/adaptive-card.json", "type": "AdaptiveCard", "version": "1.4", "body": body,
	}
	if s.URL != "" {
		card["actions"] = []any{map[string]any{"type": "Action.OpenUrl", "title": s.Do, "url": s.URL}}
	}
	return map[string]any{"type": "message", "attachments": []any{
		map[string]any{"contentType": "application/vnd.microsoft.card.adaptive", "contentUrl": nil, "content": card},
	}}
}
