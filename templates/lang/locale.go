package lang

import (
	"strings"
	"time"
)

// locale is a language that members are addressed in.
type locale string

const (
	dutch   locale = "nl"
	german  locale = "de"
	english locale = "en"
)

// localeOf returns the locale for a tag such as nl-NL; English when unknown.
func localeOf(tag string) locale {
	switch l := locale(strings.ToLower(tag[:min(2, len(tag))])); l {
	case dutch, german:
		return l
	}
	return english
}

// words returns the standing phrases of templates: {{words.unsubscribe}}. A %s
// in them is the label's name.
func (l locale) words() map[string]string {
	switch l {
	case dutch:
		return map[string]string{
			"advertisement":   "Advertentie",
			"hello":           "Hallo",
			"greetings":       "Hartelijke groet,",
			"member":          "lid",
			"more":            "Bekijk de actie",
			"overview":        "Naar mijn overzicht",
			"preferences":     "Voorkeuren wijzigen",
			"selection":       "Deze acties hebben we voor je uitgezocht.",
			"service":         "Je krijgt dit bericht omdat je lid bent van %s.",
			"unsubscribe":     "Afmelden",
			"view_in_browser": "Bekijk deze mail in je browser",
			"voucher":         "Je kortingscode",
			"why":             "Je krijgt deze mail omdat je lid bent van %s en je hebt aangegeven dat je acties per mail wilt ontvangen.",
		}
	case german:
		return map[string]string{
			"advertisement":   "Anzeige",
			"hello":           "Guten Tag",
			"greetings":       "Herzliche Grüße",
			"member":          "Mitglied",
			"more":            "Zum Angebot",
			"overview":        "Zu meiner Übersicht",
			"preferences":     "Einstellungen ändern",
			"selection":       "Diese Angebote haben wir für Sie ausgesucht.",
			"service":         "Sie erhalten diese Nachricht, weil Sie Mitglied bei %s sind.",
			"unsubscribe":     "Abmelden",
			"view_in_browser": "Diese Mail im Browser ansehen",
			"voucher":         "Ihr Gutscheincode",
			"why":             "Sie erhalten diese Mail, weil Sie Mitglied bei %s sind und dem Empfang von Angeboten per E-Mail zugestimmt haben.",
		}
	}
	return map[string]string{
		"advertisement":   "Advertisement",
		"hello":           "Hello",
		"greetings":       "Kind regards,",
		"member":          "member",
		"more":            "See the offer",
		"overview":        "To my overview",
		"preferences":     "Change preferences",
		"selection":       "These are the offers that we picked for you.",
		"service":         "You receive this message because you are a member of %s.",
		"unsubscribe":     "Unsubscribe",
		"view_in_browser": "View this mail in your browser",
		"voucher":         "Your voucher code",
		"why":             "You receive this mail because you are a member of %s and agreed to receive offers by mail.",
	}
}

// calendar returns the names of months and weekdays in the order of package
// time, or nil for English, which package time writes itself.
func (l locale) calendar() (months, days []string) {
	switch l {
	case dutch:
		return strings.Fields("januari februari maart april mei juni juli augustus september oktober november december"),
			strings.Fields("zondag maandag dinsdag woensdag donderdag vrijdag zaterdag")
	case german:
		return strings.Fields("Januar Februar März April Mai Juni Juli August September Oktober November Dezember"),
			strings.Fields("Sonntag Montag Dienstag Mittwoch Donnerstag Freitag Samstag")
	}
	return nil, nil
}

// dateLayout returns how the locale writes a date, in Go's way.
func (l locale) dateLayout() string {
	if l == german {
		return "2. January 2006"
	}
	return "2 January 2006"
}

// appendDate appends the day in Go's layout ("2 January 2006"), with the names
// of the locale.
func (l locale) appendDate(dst []byte, day time.Time, layout string) []byte {
	months, days := l.calendar()
	if months == nil {
		return day.AppendFormat(dst, layout)
	}
	month, weekday := months[day.Month()-1], days[day.Weekday()]
	for layout != "" {
		i, word, name := firstName(layout, month, weekday)
		if i < 0 {
			break
		}
		dst = append(day.AppendFormat(dst, layout[:i]), name...)
		layout = layout[i+len(word):]
	}
	return day.AppendFormat(dst, layout)
}

// firstName finds the first word of the layout that stands for a name.
func firstName(layout, month, weekday string) (at int, word, name string) {
	at = -1
	for _, w := range [...]struct{ word, name string }{
		{"January", month}, {"Monday", weekday}, {"Jan", prefix(month, 3)}, {"Mon", prefix(weekday, 2)},
	} {
		if i := strings.Index(layout, w.word); i >= 0 && (at < 0 || i < at) {
			at, word, name = i, w.word, w.name
		}
	}
	return at, word, name
}

// prefix returns the first n letters of s, all of it when it has no more.
func prefix(s string, n int) string {
	for i := range s {
		if n == 0 {
			return s[:i]
		}
		n--
	}
	return s
}

// appendNumber appends a plain decimal number with the locale's signs.
func (l locale) appendNumber(dst []byte, digits string) []byte {
	group, decimal := byte('.'), byte(',')
	if l == english {
		group, decimal = decimal, group
	}
	if rest, negative := strings.CutPrefix(digits, "-"); negative {
		dst, digits = append(dst, '-'), rest
	}
	whole, fraction, broken := strings.Cut(digits, ".")
	for i := range len(whole) {
		if i > 0 && (len(whole)-i)%3 == 0 {
			dst = append(dst, group)
		}
		dst = append(dst, whole[i])
	}
	if broken {
		dst = append(append(dst, decimal), fraction...)
	}
	return dst
}

// appendMoney appends an amount with its currency as the locale writes it.
func (l locale) appendMoney(dst []byte, digits, currency string) []byte {
	sign := currency
	switch currency {
	case "EUR":
		sign = "€"
	case "GBP":
		sign = "£"
	case "USD":
		sign = "$"
	}
	const space = "\u00A0" // an amount never breaks from its sign
	switch {
	case l == german:
		dst = append(l.appendNumber(dst, digits), space...)
		return append(dst, sign...)
	case l == english && sign != currency:
		return l.appendNumber(append(dst, sign...), digits)
	default:
		return l.appendNumber(append(append(dst, sign...), space...), digits)
	}
}
