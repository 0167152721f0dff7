package series

import (
	"net/http"
	"strconv"

	"keur/accounts"
	"keur/internal/actors"
	"keur/internal/fault"
	"keur/internal/form"
	"keur/mailings"
	"keur/mailings/schedules"
	"keur/mailings/series"
	"keur/web/desk"
)

// nameOf is the name of who did something; "" where nobody did.
func (s *Screen) nameOf(x *desk.Exchange, by *actors.User) (string, error) {
	if by == nil {
		return "", nil
	}
	u, err := s.Accounts.Get(x.Context(), accounts.UserID(*by))
	return u.Name, err
}

func (s *Screen) rename(x *desk.Exchange) error {
	of, f, err := desk.FoundWithForm[series.Series](x)
	if err != nil {
		return err
	}
	if _, err := s.Series.Rename(x.Context(), of.ID, f.Field("name"), func(series.Series) error { return nil }); err != nil {
		if err := f.Take(err); err != nil {
			return err
		}
		return s.showPage(x, http.StatusUnprocessableEntity, of, nil, &f)
	}
	return x.GoTo(pathOf(of.ID))
}

// addStep makes a mailing that is there a step, or a new one, which begins as the
// last step stands and is written and approved like any other.
func (s *Screen) addStep(x *desk.Exchange) error {
	of, f, err := desk.FoundWithForm[series.Series](x)
	if err != nil {
		return err
	}
	if number := f.Field("mailing"); number != "" {
		id, err := strconv.ParseInt(number, 10, 64)
		if err != nil {
			return desk.NotHere()
		}
		if err := s.Series.Add(x.Context(), of.ID, mailings.ID(id)); err != nil {
			return err
		}
		return x.GoTo(pathOf(of.ID))
	}
	at := stepOf(&f, of)
	if f.Wrong() {
		return s.showPage(x, http.StatusUnprocessableEntity, of, &f, nil)
	}
	made, err := s.begin(x, of, f.Field("name"), at)
	if err != nil {
		if err := f.Take(err); err != nil {
			return err
		}
		return s.showPage(x, http.StatusUnprocessableEntity, of, &f, nil)
	}
	return x.GoTo("/mailings/" + desk.Itoa(made.ID) + "/content")
}

// stepOf reads a day and an hour, and says beside a field what is wrong with it.
func stepOf(f *desk.Form, of series.Series) *schedules.Step {
	at := &schedules.Step{After: string(of.After), Days: f.Number("days"), Time: f.Field("time")}
	if f.Refused("days") {
		return at
	}
	whole := schedules.Schedule{Kind: schedules.Series, Step: at}
	var wrong fault.List
	whole.Check(&wrong)
	if problem, is := desk.AsFault(wrong.Err()); is {
		for _, detail := range problem.Details {
			name := "days"
			if detail.Path == "schedule.step.time" {
				name = "time"
			}
			f.Refuse(name, f.Say.Sentence(detail.Message))
		}
	}
	return at
}

// begin makes a mailing for a new step.
func (s *Screen) begin(x *desk.Exchange, of series.Series, name string, at *schedules.Step) (mailings.Mailing, error) {
	m := mailings.Mailing{LabelID: of.LabelID, Name: form.Cut(name), Kind: mailings.House}
	start, err := s.start(x, of, &m)
	if err != nil {
		return m, err
	}
	start.Schedule.Kind, start.Schedule.Step = schedules.Series, at
	start.Schedule.At, start.Schedule.Cron = schedules.LocalTime{}, ""
	start.Audience.OncePerMember = true
	return s.Series.Begin(x.Context(), of.ID, s.Workbench, m, start, x.User.ID)
}

// start is what a new step says at first: what the last one says, or else the
// template of house mailings.
func (s *Screen) start(x *desk.Exchange, of series.Series, m *mailings.Mailing) (mailings.Brief, error) {
	steps, err := s.Series.Steps(x.Context(), of)
	if err != nil {
		return mailings.Brief{}, err
	}
	if len(steps) == 0 {
		start := mailings.Blank()
		start.Template, err = s.Editor.Template(x, "starter:"+string(mailings.House))
		return start, err
	}
	last, err := s.Mailings.Get(x.Context(), steps[len(steps)-1].Mailing)
	if err != nil {
		return mailings.Brief{}, err
	}
	m.Kind, m.CopyOf = last.Kind, &last.ID
	work, err := s.Workbench.Open(x.Context(), &last)
	return work.Brief, err
}

// ofSeries returns the mailing in the path, if it is a step of the series there.
func (s *Screen) ofSeries(x *desk.Exchange, of series.Series) (mailings.Mailing, error) {
	id, err := x.ID("mailing")
	if err != nil {
		return mailings.Mailing{}, err
	}
	place, err := s.Series.PlaceOf(x.Context(), mailings.ID(id))
	if err != nil {
		return mailings.Mailing{}, err
	}
	if place == nil || place.Series.ID != of.ID {
		return mailings.Mailing{}, desk.NotHere()
	}
	return s.Mailings.Get(x.Context(), mailings.ID(id))
}

// moveStep writes another day or hour for a step, and so another place in the
// order. As at every edit, what is approved goes on until that is saved.
func (s *Screen) moveStep(x *desk.Exchange) error {
	of, f, err := desk.FoundWithForm[series.Series](x)
	if err != nil {
		return err
	}
	m, err := s.ofSeries(x, of)
	if err != nil {
		return err
	}
	at := stepOf(&f, of)
	if f.Wrong() {
		for _, sentence := range f.Faults {
			x.Flash(sentence)
		}
		return x.GoTo(pathOf(of.ID))
	}
	if _, err := s.Workbench.Change(x.Context(), m, mailings.MomentPart, f.Number("version"), x.User.ID, func(b *mailings.Brief) error {
		b.Schedule.Kind, b.Schedule.Step = schedules.Series, at
		b.Schedule.At, b.Schedule.Cron = schedules.LocalTime{}, ""
		return nil
	}); err != nil {
		return err
	}
	return x.GoTo(pathOf(of.ID))
}

func (s *Screen) removeStep(x *desk.Exchange) error {
	of := desk.Found[series.Series](x)
	m, err := s.ofSeries(x, of)
	if err != nil {
		return err
	}
	if err := s.Series.Leave(x.Context(), of.ID, m.ID); err != nil {
		return err
	}
	return x.GoTo(pathOf(of.ID))
}

func (s *Screen) pause(x *desk.Exchange) error {
	of := desk.Found[series.Series](x)
	if _, err := s.Control.Pause(x.Context(), of.ID, x.User.ID); err != nil {
		return err
	}
	return x.GoTo(pathOf(of.ID))
}

func (s *Screen) resume(x *desk.Exchange) error {
	of, f, err := desk.FoundWithForm[series.Series](x)
	if err != nil {
		return err
	}
	if _, err := s.Control.Resume(x.Context(), of.ID, f.Instant("seen"), x.User.ID); err != nil {
		return err
	}
	return x.GoTo(pathOf(of.ID))
}

func (s *Screen) end(x *desk.Exchange) error {
	of := desk.Found[series.Series](x)
	if _, err := s.Control.End(x.Context(), of.ID); err != nil {
		return err
	}
	return x.GoTo(pathOf(of.ID))
}
