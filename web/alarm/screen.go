// Package alarm shows one alarm of complaints or hard bounces, and lets a person
// acknowledge it.
package alarm

import (
	"embed"
	"net/http"

	"keur/accounts"
	"keur/internal/fault"
	"keur/mailings"
	"keur/web/desk"
	"keur/web/desk/alarmed"
)

//go:embed *.html messages.toml
var files embed.FS

// Folder holds the screen's pages and messages.
func Folder() desk.Folder { return desk.Folder{Name: "alarm", Files: files} }

// Screen holds what its pages read and change.
type Screen struct {
	alarmed.Reader
}

// Routes returns what the screen answers, with who may ask: admins about any, and
// those who plan or approve under a label about those of its sends.
func (s *Screen) Routes() []desk.Route {
	send := desk.OfSend(s.Sends, accounts.Planner, accounts.Approver)
	return []desk.Route{
		desk.Get("/alarms/:alarm", desk.Admins(), s.any),
		desk.Post("/alarms/:alarm", desk.Admins(), s.acknowledgeAny),
		desk.Get("/sends/:send/alarms/:alarm", send, s.ofSend),
		desk.Post("/sends/:send/alarms/:alarm", send, s.acknowledgeOfSend),
	}
}

// view is an alarm as its page shows it.
type view struct {
	alarmed.Line
	Path string // of the page
	By   string // who acknowledged it
	Form desk.Form
}

// More reports whether the figures are others than those it was raised for.
func (v view) More() bool { return v.Now != v.Share }

func (s *Screen) any(x *desk.Exchange) error {
	id, err := x.ID("alarm")
	if err != nil {
		return err
	}
	return s.show(x, http.StatusOK, "/alarms/"+desk.Itoa(id), id, desk.NewForm(x.Say))
}

func (s *Screen) acknowledgeAny(x *desk.Exchange) error {
	id, f, err := desk.FormFor(x, "alarm")
	if err != nil {
		return err
	}
	return s.acknowledge(x, "/alarms/"+desk.Itoa(id), id, f)
}

func (s *Screen) ofSend(x *desk.Exchange) error {
	send := desk.Found[mailings.Send](x)
	id, err := s.child(x, send)
	if err != nil {
		return err
	}
	return s.show(x, http.StatusOK, pathOf(send, id), id, desk.NewForm(x.Say))
}

func (s *Screen) acknowledgeOfSend(x *desk.Exchange) error {
	send, f, err := desk.FoundWithForm[mailings.Send](x)
	if err != nil {
		return err
	}
	id, err := s.child(x, send)
	if err != nil {
		return err
	}
	return s.acknowledge(x, pathOf(send, id), id, f)
}

func pathOf(send mailings.Send, id int64) string {
	return "/sends/" + desk.Itoa(send.ID) + "/alarms/" + desk.Itoa(id)
}

// child returns the alarm in the path, if it is of the send.
func (s *Screen) child(x *desk.Exchange, send mailings.Send) (int64, error) {
	id, err := x.ID("alarm")
	if err != nil {
		return 0, err
	}
	r, _, err := s.Alarms.Get(x.Context(), id)
	if err == nil && (r.Send == nil || *r.Send != send.ID) {
		return 0, desk.NotHere()
	}
	return id, err
}

func (s *Screen) show(x *desk.Exchange, status int, path string, id int64, f desk.Form) error {
	r, _, err := s.Alarms.Get(x.Context(), id)
	if err != nil {
		return err
	}
	line, err := s.Line(x, r)
	if err != nil {
		return err
	}
	v := view{Line: line, Path: path, Form: f}
	if r.AcknowledgedBy != nil {
		if v.By, err = desk.ActorName(x, *r.AcknowledgedBy); err != nil {
			return err
		}
	}
	return x.Answer(status, "alarm/show", v)
}

func (s *Screen) acknowledge(x *desk.Exchange, path string, id int64, f desk.Form) error {
	if err := s.Alarms.Acknowledge(x.Context(), id, f.Field("reason")); err != nil {
		if fault.Is(err, fault.NotFound) {
			return err
		}
		if err := f.Take(err); err != nil {
			return err
		}
		return s.show(x, http.StatusUnprocessableEntity, path, id, f)
	}
	x.Flash(x.Say.T("alarm.acknowledged"))
	return x.GoTo(path)
}
