// Package webhook shows admins the endpoints that are told what happens, and the log
// of what was posted to them, and lets them change, try and replay.
package webhook

import (
	"cmp"
	"context"
	"embed"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"keur/approval"
	"keur/internal/civil"
	"keur/internal/fault"
	"keur/labels"
	"keur/web/desk"
	"keur/webhooks"
)

//go:embed *.html parts messages.toml
var files embed.FS

// Folder holds the screen's pages and messages.
func Folder() desk.Folder { return desk.Folder{Name: "webhook", Files: files} }

// Screen holds what its pages read and change.
type Screen struct {
	Approval *approval.Engine
	Webhooks *webhooks.Sender
}

// Routes returns what the screen answers, with who may ask.
func (s *Screen) Routes() []desk.Route {
	admins := desk.Admins()
	return []desk.Route{
		desk.Get("/settings/webhooks", admins, s.list),
		desk.Get("/settings/webhooks/new", admins, s.fresh),
		desk.Post("/settings/webhooks/new", admins, s.add),
		desk.Get("/settings/webhooks/:webhook", admins, s.one),
		desk.Post("/settings/webhooks/:webhook", admins, s.change),
		desk.Post("/settings/webhooks/:webhook/rotate", admins, s.rotate),
		desk.Post("/settings/webhooks/:webhook/try", admins, s.try),
		desk.Post("/settings/webhooks/:webhook/enable", admins, s.enable),
		desk.Post("/settings/webhooks/:webhook/remove", admins, s.remove),
		desk.Post("/settings/webhooks/:webhook/replay", admins, s.replayFailed),
		desk.Get("/settings/webhooks/:webhook/messages/:message", admins, s.message),
		desk.Post("/settings/webhooks/:webhook/messages/:message/replay", admins, s.replay),
	}
}

// line is an endpoint in the list, with its label.
type line struct {
	webhooks.Endpoint
	Label string
}

type listView struct {
	Lines []line
	List  desk.Listing
	Zone  *time.Location
}

func (s *Screen) list(x *desk.Exchange) error {
	view := listView{List: desk.NewListing(x), Zone: desk.LastZone(x)}
	page, err := s.Webhooks.Store.List(x.Context(), 0, view.List.Ask())
	if err != nil {
		return err
	}
	view.List.Next = page.Next
	for _, e := range page.Items {
		view.Lines = append(view.Lines, line{e, labelName(x, e.LabelID)})
	}
	return x.Show("webhook/list", view)
}

// labelName returns the name of a label; "" of none, which is every label.
func labelName(x *desk.Exchange, id *labels.ID) string {
	for _, l := range x.Sees {
		if id != nil && l.ID == *id {
			return l.Name
		}
	}
	return ""
}

// typeGroup are the types about one thing, to choose from.
type typeGroup struct {
	Thing string
	Types []typeChoice
}

type typeChoice struct {
	Type webhooks.Type
	Word string // its key in the family webhook_type
	Said bool   // whether a chat can be told
	On   bool
}

// endpointView is one endpoint, with what was done on its page just now.
type endpointView struct {
	Endpoint webhooks.Endpoint
	Label    string
	Form     desk.Form
	Kinds    []webhooks.Kind
	Labels   []labels.Label
	Things   []typeGroup
	Secret   string            // told once
	Tried    *webhooks.Attempt // nil: it wasn't just now
	List     desk.Listing
	States   []webhooks.MessageState
	Messages []webhooks.Message
	Changes  []approval.Entry
	Zone     *time.Location
}

// word is the key of a type in the catalogue.
func word(t webhooks.Type) string { return strings.ReplaceAll(string(t), ".", "_") }

// typesOf returns all types, by what they are about, with those chosen that f has.
func typesOf(f desk.Form) []typeGroup {
	chosen := map[string]bool{}
	for _, t := range f.Values["type"] {
		chosen[t] = true
	}
	var all []typeGroup
	for _, t := range webhooks.Types() {
		if n := len(all); n == 0 || all[n-1].Thing != t.Thing() {
			all = append(all, typeGroup{Thing: t.Thing()})
		}
		at := &all[len(all)-1]
		at.Types = append(at.Types, typeChoice{t, word(t), t.Said(), chosen[string(t)]})
	}
	slices.SortStableFunc(all, func(a, b typeGroup) int {
		return cmp.Compare(slices.Index(thingsInOrder, a.Thing), slices.Index(thingsInOrder, b.Thing))
	})
	return all
}

// thingsInOrder are what types are about, those first that a mailing meets first.
var thingsInOrder = []string{"mailing", "approval", "send", "delivery", "engagement", "member", "import", "bounces"}

func (s *Screen) fresh(x *desk.Exchange) error {
	f := desk.NewForm(x.Say)
	f.Set("kind", string(webhooks.Standard))
	f.Set("active", "yes")
	return s.show(x, http.StatusOK, endpointView{Form: f})
}

// show answers with the page of an endpoint, or of one that is to be made.
func (s *Screen) show(x *desk.Exchange, status int, view endpointView) error {
	view.Zone, view.Labels, view.Kinds, view.Things = desk.LastZone(x), x.Sees, webhooks.Kinds(), typesOf(view.Form)
	e := view.Endpoint
	if e.ID == 0 {
		return x.Answer(status, "webhook/endpoint", view)
	}
	view.Label, view.List = labelName(x, e.LabelID), desk.NewListing(x)
	only := webhooks.MessageFilter{State: webhooks.MessageState(x.Query("state"))}
	page, err := s.Webhooks.Store.Messages(x.Context(), e.ID, only, view.List.Ask())
	if err != nil {
		return err
	}
	view.States = webhooks.Transitions().States()
	view.Messages, view.List.Next = page.Items, page.Next
	view.List.Path = "/settings/webhooks/" + desk.Itoa(e.ID)
	if view.Changes, err = desk.Changed(x, s.Approval, "webhook_endpoints:"+desk.Itoa(e.ID)); err != nil {
		return err
	}
	return x.Answer(status, "webhook/endpoint", view)
}

// viewed returns the endpoint in the path, with its form filled in.
func (s *Screen) viewed(x *desk.Exchange) (endpointView, error) {
	id, err := x.ID("webhook")
	if err != nil {
		return endpointView{}, err
	}
	e, err := s.Webhooks.Store.Get(x.Context(), webhooks.EndpointID(id))
	f := desk.NewForm(x.Say)
	f.Set("name", e.Name)
	f.Set("url", e.URL)
	f.Set("kind", string(e.Kind))
	f.Set("version", strconv.Itoa(e.Version))
	if e.Active {
		f.Set("active", "yes")
	}
	for _, t := range e.Types {
		f.Add("type", string(t))
	}
	return endpointView{Endpoint: e, Form: f}, err
}

func (s *Screen) one(x *desk.Exchange) error {
	view, err := s.viewed(x)
	if err != nil {
		return err
	}
	return s.show(x, http.StatusOK, view)
}

// filled puts what a form says onto an endpoint.
func filled(f desk.Form, e *webhooks.Endpoint) {
	e.Name, e.URL, e.Active, e.Types = f.Field("name"), f.Field("url"), f.Get("active") != "", nil
	for _, t := range f.Values["type"] {
		e.Types = append(e.Types, webhooks.Type(t))
	}
}

func (s *Screen) add(x *desk.Exchange) error {
	f, err := desk.ReadForm(x)
	if err != nil {
		return err
	}
	e := webhooks.Endpoint{Kind: webhooks.Kind(f.Get("kind"))}
	if id := labels.ID(f.Number("label")); id > 0 {
		e.LabelID = &id
	}
	filled(f, &e)
	made, secret, err := s.Webhooks.Store.Create(x.Context(), e)
	if err != nil {
		if err := f.Take(err); err != nil {
			return err
		}
		return s.show(x, http.StatusUnprocessableEntity, endpointView{Form: f})
	}
	if secret == "" {
		x.Flash(x.Say.T("webhooks.made", "name", made.Name))
		return x.GoTo("/settings/webhooks/" + desk.Itoa(made.ID))
	}
	f.Set("version", strconv.Itoa(made.Version))
	return s.show(x, http.StatusOK, endpointView{Endpoint: made, Form: f, Secret: secret})
}

func (s *Screen) change(x *desk.Exchange) error {
	view, err := s.viewed(x)
	if err != nil {
		return err
	}
	f, err := desk.ReadForm(x)
	if err != nil {
		return err
	}
	after, err := s.Webhooks.Store.Update(x.Context(), view.Endpoint.ID, func(e *webhooks.Endpoint) error {
		if f.Number("version") != e.Version {
			f.Set("version", strconv.Itoa(e.Version))
			return fault.New(fault.Conflict, "webhooks.conflict")
		}
		filled(f, e)
		return nil
	})
	if err != nil {
		if err := f.Take(err); err != nil {
			return err
		}
		view.Form = f
		return s.show(x, http.StatusUnprocessableEntity, view)
	}
	x.Flash(x.Say.T("webhooks.saved", "name", after.Name))
	return x.GoTo("/settings/webhooks/" + desk.Itoa(after.ID))
}

func (s *Screen) rotate(x *desk.Exchange) error {
	view, err := s.viewed(x)
	if err != nil {
		return err
	}
	if view.Secret, err = s.Webhooks.Store.Rotate(x.Context(), view.Endpoint.ID); err != nil {
		return err
	}
	again, err := s.viewed(x)
	again.Secret = view.Secret
	if err != nil {
		return err
	}
	return s.show(x, http.StatusOK, again)
}

// try posts a message now, and shows what came of it.
func (s *Screen) try(x *desk.Exchange) error {
	id, err := x.ID("webhook")
	if err != nil {
		return err
	}
	tried, err := s.Webhooks.Try(x.Context(), webhooks.EndpointID(id))
	if err != nil {
		return err
	}
	view, err := s.viewed(x)
	if err != nil {
		return err
	}
	view.Tried = &tried
	return s.show(x, http.StatusOK, view)
}

func (s *Screen) enable(x *desk.Exchange) error {
	return s.act(x, "webhooks.enabled", s.Webhooks.Store.Enable)
}

// act does something to the endpoint in the path, says so, and shows its page.
func (s *Screen) act(x *desk.Exchange, said string, do func(context.Context, webhooks.EndpointID) error) error {
	id, err := x.ID("webhook")
	if err != nil {
		return err
	}
	if err := do(x.Context(), webhooks.EndpointID(id)); err != nil {
		return err
	}
	x.Flash(x.Say.T(said))
	return x.GoTo("/settings/webhooks/" + desk.Itoa(id))
}

func (s *Screen) remove(x *desk.Exchange) error {
	id, err := x.ID("webhook")
	if err != nil {
		return err
	}
	if err := s.Webhooks.Store.Remove(x.Context(), webhooks.EndpointID(id)); err != nil {
		return err
	}
	x.Flash(x.Say.T("webhooks.removed"))
	return x.GoTo("/settings/webhooks")
}

// replayFailed has what failed since a day posted again.
func (s *Screen) replayFailed(x *desk.Exchange) error {
	id, f, err := desk.FormFor(x, "webhook")
	if err != nil {
		return err
	}
	since := time.Time{}
	if day, err := civil.ParseDate(f.Get("since")); err == nil {
		since = day.At(0, desk.LastZone(x))
	}
	n, err := s.Webhooks.Store.ReplayFailed(x.Context(), webhooks.EndpointID(id), since)
	if err != nil {
		return err
	}
	x.Flash(x.Say.T("webhooks.replayed", "n", n))
	return x.GoTo("/settings/webhooks/" + desk.Itoa(id))
}

// messageView is a message with what was posted and what came back.
type messageView struct {
	Endpoint webhooks.Endpoint
	Message  webhooks.Message
	Word     string
	Payload  string
	Attempts []webhooks.Attempt
	Zone     *time.Location
}

func (s *Screen) message(x *desk.Exchange) error {
	endpoint, message, err := messagePath(x)
	if err != nil {
		return err
	}
	view := messageView{Zone: desk.LastZone(x)}
	if view.Endpoint, err = s.Webhooks.Store.Get(x.Context(), endpoint); err != nil {
		return err
	}
	if view.Message, view.Payload, view.Attempts, err = s.Webhooks.Store.Message(x.Context(), endpoint, message); err != nil {
		return err
	}
	view.Word = word(view.Message.Type)
	return x.Show("webhook/message", view)
}

func messagePath(x *desk.Exchange) (webhooks.EndpointID, webhooks.MessageID, error) {
	endpoint, err := x.ID("webhook")
	if err != nil {
		return 0, 0, err
	}
	message, err := x.ID("message")
	return webhooks.EndpointID(endpoint), webhooks.MessageID(message), err
}

func (s *Screen) replay(x *desk.Exchange) error {
	endpoint, message, err := messagePath(x)
	if err != nil {
		return err
	}
	if err := s.Webhooks.Store.Replay(x.Context(), endpoint, message); err != nil {
		return err
	}
	x.Flash(x.Say.T("webhooks.replay_begun"))
	return x.GoTo("/settings/webhooks/" + desk.Itoa(endpoint) + "/messages/" + desk.Itoa(message))
}
