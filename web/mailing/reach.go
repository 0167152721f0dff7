package mailing

import (
	"cmp"
	"slices"
	"time"

	"keur/internal/fault"
	"keur/internal/paging"
	"keur/labels"
	"keur/mailings"
	"keur/segments"
	"keur/web/desk"
)

// reach is whom a mailing reaches, as a picture.
type reach struct {
	segments.Waterfall
	Falls   []fall
	Nobody  []string // the reasons for which nobody falls off, in words
	Most    segments.Step
	Slot    time.Time // zero: not known yet
	Zone    *time.Location
	Trouble string // why it can't be counted
}

// fall is one step of the waterfall: those who are left after it, and those who
// fall off.
type fall struct {
	segments.Step
	Left int
}

// newReach draws a waterfall.
func (s *audience) newReach(x *desk.Exchange, w segments.Waterfall) reach {
	r := reach{Waterfall: w}
	left := w.Matched
	for _, step := range w.Steps {
		if step.N == 0 {
			r.Nobody = append(r.Nobody, x.Say.Of("skip_reason", step.Reason))
			continue
		}
		left -= step.N
		r.Falls = append(r.Falls, fall{step, left})
		if step.N > r.Most.N {
			r.Most = step
		}
	}
	return r
}

// audienceWaterfall counts whom the working copy reaches, step by step; closing
// the request ends it.
func (s *audience) audienceWaterfall(x *desk.Exchange) error {
	view, content, slot, err := s.planned(x)
	var r reach
	if err == nil {
		var w segments.Waterfall
		if w, err = s.Reach.Waterfall(x.Context(), &view.Mailing, &content, slot); err == nil {
			few := desk.Few(x, desk.Discreet(x, &w))
			if r = s.newReach(x, w); few != "" {
				r = reach{Trouble: few}
			}
		}
	}
	if problem, is := desk.AsFault(err); is && (problem.Kind == fault.Invalid || problem.Kind == fault.Conflict) {
		r, err = reach{Trouble: x.Say.T("audience.unfinished")}, nil
		if len(view.Work.Brief.Audience.Segments) == 0 {
			r.Trouble = x.Say.T("audience.nobody_chosen")
		}
	}
	if err != nil {
		return err
	}
	r.Slot, r.Zone = slot, x.Zone()
	return x.Part("mailing/audience", "reach", r)
}

// planned is the mailing as its working copy would have it sent, and its next
// slot; zero if that isn't known.
func (s *Screen) planned(x *desk.Exchange) (view mailingView, content mailings.Content, slot time.Time, err error) {
	if view, err = s.openMailing(x, "audience"); err != nil {
		return view, content, slot, err
	}
	content = view.Content
	content.Schedule = view.Work.Brief.Schedule
	of := view.Mailing
	if view.Work.Changed() {
		of.State = mailings.Draft // and what was called off may come again
	}
	if next, ok, err := s.Preflight.Next(x.Context(), &of, &content, view.Zone); err != nil {
		return view, content, slot, err
	} else if ok {
		slot = next.At
	}
	content.Audience, err = s.Segments.ResolveAudience(x.Context(), view.Mailing.LabelID, view.Work.Brief.Audience)
	return view, content, slot, err
}

// meeting is another mailing that some of the same members get.
type meeting struct {
	Send mailings.Send
	Name string
	Both int
	Of   int    // members whom this mailing matches
	Few  string // said instead of figures that are too small to be told
}

// meetings are those around the slot.
type meetings struct {
	List    []meeting
	Slot    time.Time
	Zone    *time.Location
	More    int // that weren't compared
	Trouble bool
}

// How far around a mailing others count as near, and how many are compared.
const (
	nearDays  = 7
	mostNear  = 8
	nearPages = 100
)

// audienceOverlap counts how many of those matched are also matched by what
// else goes out near the slot.
func (s *audience) audienceOverlap(x *desk.Exchange) error {
	view, content, slot, err := s.planned(x)
	if problem, is := desk.AsFault(err); is && (problem.Kind == fault.Invalid || problem.Kind == fault.Conflict) {
		return x.Part("mailing/audience", "meetings", meetings{Trouble: true})
	}
	if err != nil {
		return err
	}
	if slot.IsZero() {
		slot = x.Now()
	}
	found := meetings{Slot: slot, Zone: x.Zone()}
	near, err := s.near(x, view.Mailing, slot)
	if err != nil {
		return err
	}
	if len(near) > mostNear {
		found.More, near = len(near)-mostNear, near[:mostNear]
	}
	for _, send := range near {
		other, err := s.Mailings.Get(x.Context(), send.MailingID)
		if err != nil {
			return err
		}
		theirs, err := s.Mailings.Content(x.Context(), send.RevisionID)
		if err != nil {
			return err
		}
		o, err := s.Audiences.Overlap(x.Context(), view.Mailing.LabelID, asRule(content.Audience), asRule(theirs.Audience))
		if err != nil {
			return err
		}
		few := desk.Few(x, desk.Discreet(x, &o))
		if few != "" {
			o = segments.Overlapped{}
		}
		found.List = append(found.List, meeting{Send: send, Name: other.Name, Both: o.Both, Of: o.Both + o.OnlyA, Few: few})
	}
	return x.Part("mailing/audience", "meetings", found)
}

// near are the sends of other mailings of the label around a moment, the
// nearest first, each mailing once.
func (s *audience) near(x *desk.Exchange, m mailings.Mailing, slot time.Time) ([]mailings.Send, error) {
	page, err := s.Sends.List(x.Context(), mailings.SendFilter{
		Labels: []labels.ID{m.LabelID}, From: slot.AddDate(0, 0, -nearDays), Until: slot.AddDate(0, 0, nearDays),
		States: []mailings.SendState{
			mailings.Planned, mailings.Preflight, mailings.Freezing, mailings.Sending, mailings.Paused, mailings.Finished, mailings.Held,
		},
	}, paging.Ask{Limit: nearPages, Sort: "soonest"})
	if err != nil {
		return nil, err
	}
	slices.SortStableFunc(page.Items, func(a, b mailings.Send) int {
		return cmp.Compare(a.SlotAt.Sub(slot).Abs(), b.SlotAt.Sub(slot).Abs())
	})
	seen := map[mailings.ID]bool{m.ID: true}
	var near []mailings.Send
	for _, send := range page.Items {
		if !seen[send.MailingID] {
			seen[send.MailingID] = true
			near = append(near, send)
		}
	}
	return near, nil
}

// asRule is whom an audience matches, before consent and frequency.
func asRule(a segments.Audience) segments.Rule {
	in := func(refs []segments.SegmentRef) segments.Rule {
		rules := make([]segments.Rule, len(refs))
		for i, ref := range refs {
			rules[i] = ref.Rule
		}
		return segments.Rule{Any: rules}
	}
	if len(a.Exclude) == 0 {
		return in(a.Segments)
	}
	left := in(a.Exclude)
	return segments.Rule{All: []segments.Rule{in(a.Segments), {Not: &left}}}
}
