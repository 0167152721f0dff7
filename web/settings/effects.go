package settings

import (
	"slices"
	"strings"

	"keur/internal/words"
	"keur/labels"
	"keur/web/desk"
)

// plainLines takes the line ends of a form (CRLF, HTML Living Standard) for
// those that we keep.
func plainLines(text string) string { return strings.ReplaceAll(text, "\r\n", "\n") }

// labelEffects says what a change of a label means for its members and its
// mailings.
func (s *Screen) labelEffects(x *desk.Exchange, before, after labels.Label) ([]string, error) {
	say := x.Say
	effects := capEffects(say, before.Caps, after.Caps)
	effects = append(effects, restEffects(say, before, after)...)
	if before.ImprintName != after.ImprintName || before.ImprintAddress != after.ImprintAddress || before.Accent != after.Accent {
		effects = append(effects, say.T("labels.effect_imprint"))
	}
	switch {
	case after.SMTPRouteID == nil && before.SMTPRouteID != nil:
		effects = append(effects, say.T("labels.effect_captured"))
	case after.SMTPRouteID != nil && (before.SMTPRouteID == nil || *before.SMTPRouteID != *after.SMTPRouteID):
		route, err := s.SMTPRoutes.Get(x.Context(), *after.SMTPRouteID)
		if err != nil {
			return nil, err
		}
		effects = append(effects, say.T("labels.effect_route", "route", route.Name))
	}
	if len(effects) == 0 {
		effects = []string{say.T("labels.saved")}
	}
	return effects, nil
}

// capEffects says how many mails members get from now on.
func capEffects(say words.Speaker, before, after []labels.Cap) (effects []string) {
	for _, c := range after {
		if !slices.Contains(before, c) {
			effects = append(effects, capEffect(say, c))
		}
	}
	for _, c := range before {
		same := func(d labels.Cap) bool { return d.Scope == c.Scope && d.Days == c.Days }
		if !slices.ContainsFunc(after, same) {
			effects = append(effects, say.T("caps.gone", "cap", capInWords(say, c)))
		}
	}
	return effects
}

func capEffect(say words.Speaker, c labels.Cap) string {
	return say.T("caps.from_now", "cap", capInWords(say, c))
}

// capInWords writes a cap: hooguit 3 mails per 7 dagen.
func capInWords(say words.Speaker, c labels.Cap) string {
	return say.T("caps.at_most", "n", c.AtMost, "scope", say.Of("cap_scope", c.Scope), "days", say.T("account.days", "n", c.Days))
}

// restEffects says when no mail goes out.
func restEffects(say words.Speaker, before, after labels.Label) (effects []string) {
	same := func() bool {
		if before.QuietFrom == nil || after.QuietFrom == nil {
			return before.QuietFrom == after.QuietFrom
		}
		return *before.QuietFrom == *after.QuietFrom && *before.QuietUntil == *after.QuietUntil
	}
	switch {
	case same():
	case after.QuietFrom == nil:
		effects = append(effects, say.T("labels.effect_no_quiet"))
	default:
		effects = append(
			effects,
			say.T("labels.effect_quiet", "from", after.QuietFrom, "until", after.QuietUntil, "place", words.Place(after.Location())),
		)
	}
	for _, b := range after.BlackoutDates {
		on := func(a labels.Blackout) bool { return a.Day == b.Day }
		if !slices.ContainsFunc(before.BlackoutDates, on) {
			effects = append(effects, say.T("labels.effect_blackout", "day", desk.SayDay(say, b.Day)))
		}
	}
	for _, b := range before.BlackoutDates {
		on := func(a labels.Blackout) bool { return a.Day == b.Day }
		if !slices.ContainsFunc(after.BlackoutDates, on) {
			effects = append(effects, say.T("labels.effect_opened", "day", desk.SayDay(say, b.Day)))
		}
	}
	return effects
}
