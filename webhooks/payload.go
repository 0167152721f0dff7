package webhooks

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"time"

	"keur/labels"
)

// envelope is what Standard Webhooks has every message look like.
type envelope struct {
	Type      Type           `json:"type"`
	Timestamp time.Time      `json:"timestamp"`
	Data      map[string]any `json:"data"`
}

// payload returns the bytes that go to an endpoint, in the form that it takes.
func (s *Sender) payload(to Endpoint, label labels.Label, t Type, at time.Time, of fact) ([]byte, error) {
	switch to.Kind {
	case Slack:
		return encoded(slackOf(s.sayingOf(label, t, of.data)))
	case Teams:
		return encoded(teamsOf(s.sayingOf(label, t, of.data)))
	}
	data := maps.Clone(of.data)
	if label.ID > 0 {
		data["label_id"], data["label"] = label.ID, label.Code
	}
	return encoded(envelope{t, at.UTC().Truncate(time.Millisecond), data})
}

// encoded writes JSON as it is, without what HTML would ask for.
func encoded(value any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(value); err != nil {
		return nil, fmt.Errorf("write a message for a webhook: %w", err)
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}
