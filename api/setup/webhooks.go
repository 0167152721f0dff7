package setup

import (
	"context"
	"net/http"
	"time"

	"keur/api/rest"
	"keur/internal/paging"
	"keur/internal/words"
	"keur/labels"
	"keur/webhooks"
)

// WebhookPath names a webhook.
type WebhookPath struct {
	Webhook webhooks.EndpointID `path:"webhook"`
}

// WebhookMessagePath names a message to a webhook.
type WebhookMessagePath struct {
	WebhookPath
	Message webhooks.MessageID `path:"message"`
}

func (s *webhookResource) webhookOperations() {
	const tag = "Webhooks"
	admins := rest.Admins()
	rest.Register(s.Kit, tag, rest.Read("/webhooks", "List the endpoints that are told what happens", admins), s.list)
	rest.Register(s.Kit, tag, rest.Create("/webhooks", "Add an endpoint; the secret that its messages are signed by is told once", admins),
		s.create)
	rest.Register(s.Kit, tag, rest.Read("/webhooks/{webhook}", "Read an endpoint", admins), s.get)
	rest.Register(s.Kit, tag, rest.Edit("/webhooks/{webhook}", "Change an endpoint; its label and kind stay", admins), s.update)
	rest.Register(s.Kit, tag, rest.Remove("/webhooks/{webhook}", "Remove an endpoint", admins), s.remove)
	rest.Register(s.Kit, tag, rest.Read("/webhooks/{webhook}/health", "Read how an endpoint answers", admins), s.health)
	rest.Register(s.Kit, tag, rest.Act("/webhooks/{webhook}/enable",
		"Switch an endpoint on again that was switched off for how it answered", admins), s.enable)
	rest.Register(s.Kit, tag, rest.Act("/webhooks/{webhook}/rotate",
		"Make another secret, which is told once; the one before signs as well for a day", admins), s.rotate)
	rest.Register(s.Kit, tag, rest.Act("/webhooks/{webhook}/try", "Post a test now, and tell what came of it", admins), s.try)
	rest.Register(s.Kit, tag, rest.Act("/webhooks/{webhook}/replay", "Post again what failed and happened since a moment", admins),
		s.replayFailed)
	rest.Register(s.Kit, tag, rest.Read("/webhooks/{webhook}/messages", "List an endpoint's messages, the newest first", admins),
		s.messages)
	rest.Register(s.Kit, tag, rest.Read("/webhooks/{webhook}/messages/{message}", "Read a message, with what came of each attempt", admins),
		s.message)
	again := rest.Act("/webhooks/{webhook}/messages/{message}/replay", "Post a message again, under the same id", admins)
	again.Status = http.StatusNoContent
	rest.Register(s.Kit, tag, again, s.replay)
}

// Webhook is an endpoint as programs see it.
type Webhook struct {
	ID        webhooks.EndpointID `json:"id" readOnly:"true"`
	Label     *labels.ID          `json:"label_id,omitempty"`
	Kind      webhooks.Kind       `json:"kind"`
	Name      string              `json:"name"`
	URL       string              `json:"url,omitempty"`
	Host      string              `json:"host" readOnly:"true"`
	Types     []webhooks.Type     `json:"types"`
	Active    bool                `json:"active"`
	Version   int                 `json:"version" readOnly:"true"`
	CreatedBy string              `json:"created_by" readOnly:"true"`
	CreatedAt time.Time           `json:"created_at" readOnly:"true"`
}

func shownWebhook(e webhooks.Endpoint) Webhook {
	return Webhook{e.ID, e.LabelID, e.Kind, e.Name, e.URL, e.Host, e.Types, e.Active, e.Version, e.CreatedBy, e.CreatedAt.UTC()}
}

// onto puts what is wanted onto an endpoint.
func (w Webhook) onto(e *webhooks.Endpoint) {
	e.LabelID, e.Kind, e.Name, e.URL, e.Types, e.Active = w.Label, w.Kind, w.Name, w.URL, w.Types, w.Active
}

func answeredWebhook(e webhooks.Endpoint, err error) (*rest.Answer[Webhook], error) {
	return rest.Answered(shownWebhook(e), err)
}

func (s *webhookResource) list(ctx context.Context, in *struct {
	rest.Paging
	Label labels.ID `query:"label" doc:"Only those of this label, and of every label"`
	Sort  string    `query:"sort" enum:"name,oldest"`
},
) (*rest.Answer[paging.Page[Webhook]], error) {
	found, err := s.Webhooks.Store.List(ctx, in.Label, in.Sorted(in.Sort))
	page := paging.Page[Webhook]{Next: found.Next, Items: make([]Webhook, len(found.Items))}
	for i, e := range found.Items {
		page.Items[i] = shownWebhook(e)
	}
	return rest.Answered(page, err)
}

// MadeWebhook is a new endpoint, with its secret.
type MadeWebhook struct {
	Webhook
	Secret string `json:"secret,omitempty"`
}

func (s *webhookResource) create(ctx context.Context, in *struct{ Body Webhook }) (*rest.Answer[MadeWebhook], error) {
	var e webhooks.Endpoint
	in.Body.onto(&e)
	made, secret, err := s.Webhooks.Store.Create(ctx, e)
	return rest.Answered(MadeWebhook{shownWebhook(made), secret}, err)
}

func (s *webhookResource) get(ctx context.Context, in *WebhookPath) (*rest.Answer[Webhook], error) {
	return answeredWebhook(s.Webhooks.Store.Get(ctx, in.Webhook))
}

func (s *webhookResource) update(ctx context.Context, in *struct {
	WebhookPath
	rest.Match
	Body Webhook
},
) (*rest.Answer[Webhook], error) {
	return answeredWebhook(s.Webhooks.Store.Update(ctx, in.Webhook, func(e *webhooks.Endpoint) error {
		if err := in.Guard(shownWebhook(*e)); err != nil {
			return err
		}
		in.Body.onto(e)
		return nil
	}))
}

func (s *webhookResource) remove(ctx context.Context, in *WebhookPath) (*rest.Nothing, error) {
	return rest.Done(s.Webhooks.Store.Remove(ctx, in.Webhook))
}

// WebhookHealth is how an endpoint answers.
type WebhookHealth struct {
	AnsweredAt   *time.Time    `json:"answered_at,omitempty"`
	FailingSince *time.Time    `json:"failing_since,omitempty"`
	Failures     int           `json:"failures"`
	Problem      words.Message `json:"problem,omitzero"`
	DisabledAt   *time.Time    `json:"disabled_at,omitempty"`
	Reason       string        `json:"disabled_reason,omitempty" enum:"gone,failing"`
}

func (s *webhookResource) health(ctx context.Context, in *WebhookPath) (*rest.Answer[WebhookHealth], error) {
	e, err := s.Webhooks.Store.Get(ctx, in.Webhook)
	return rest.Answered(WebhookHealth(e.Health), err)
}

func (s *webhookResource) enable(ctx context.Context, in *WebhookPath) (*rest.Answer[WebhookHealth], error) {
	if err := s.Webhooks.Store.Enable(ctx, in.Webhook); err != nil {
		return nil, err
	}
	return s.health(ctx, in)
}

// WebhookSecret is what messages are signed by.
type WebhookSecret struct {
	Secret string `json:"secret"`
}

func (s *webhookResource) rotate(ctx context.Context, in *WebhookPath) (*rest.Answer[WebhookSecret], error) {
	secret, err := s.Webhooks.Store.Rotate(ctx, in.Webhook)
	return rest.Answered(WebhookSecret{secret}, err)
}

func (s *webhookResource) try(ctx context.Context, in *WebhookPath) (*rest.Answer[webhooks.Attempt], error) {
	return rest.Answered(s.Webhooks.Try(ctx, in.Webhook))
}

// WebhookReplay says what is posted again.
type WebhookReplay struct {
	From time.Time `json:"from,omitzero"`
}

// Replayed is how many messages are posted again.
type Replayed struct {
	N int `json:"replayed"`
}

func (s *webhookResource) replayFailed(ctx context.Context, in *struct {
	WebhookPath
	Body WebhookReplay
},
) (*rest.Answer[Replayed], error) {
	if _, err := s.Webhooks.Store.Get(ctx, in.Webhook); err != nil {
		return nil, err
	}
	n, err := s.Webhooks.Store.ReplayFailed(ctx, in.Webhook, in.Body.From)
	return rest.Answered(Replayed{n}, err)
}

func (s *webhookResource) messages(ctx context.Context, in *struct {
	WebhookPath
	rest.Paging
	State webhooks.MessageState `query:"state"`
	Type  webhooks.Type         `query:"type"`
	Sort  string                `query:"sort" enum:"newest"`
},
) (*rest.Answer[paging.Page[webhooks.Message]], error) {
	if _, err := s.Webhooks.Store.Get(ctx, in.Webhook); err != nil {
		return nil, err
	}
	only := webhooks.MessageFilter{State: in.State, Type: in.Type}
	return rest.Answered(s.Webhooks.Store.Messages(ctx, in.Webhook, only, in.Sorted(in.Sort)))
}

// PostedMessage is a message with what it says, byte by byte, and its attempts.
type PostedMessage struct {
	webhooks.Message
	Payload string             `json:"payload"`
	Tries   []webhooks.Attempt `json:"tries"`
}

func (s *webhookResource) message(ctx context.Context, in *WebhookMessagePath) (*rest.Answer[PostedMessage], error) {
	if _, err := s.Webhooks.Store.Get(ctx, in.Webhook); err != nil {
		return nil, err
	}
	m, payload, tries, err := s.Webhooks.Store.Message(ctx, in.Webhook, in.Message)
	return rest.Answered(PostedMessage{m, payload, tries}, err)
}

func (s *webhookResource) replay(ctx context.Context, in *WebhookMessagePath) (*rest.Nothing, error) {
	if _, err := s.Webhooks.Store.Get(ctx, in.Webhook); err != nil {
		return nil, err
	}
	return rest.Done(s.Webhooks.Store.Replay(ctx, in.Webhook, in.Message))
}
