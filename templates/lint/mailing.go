package lint

import (
	"strings"
	"unicode"

	"keur/templates/inboxes"
	"keur/templates/lang"
)

// Sizes of the HTML after links are rewritten: Gmail clips at 102,400 bytes.
const (
	warnSize  = 95_000
	blockSize = 102_000
)

// Bounds of a subject.
const (
	maxSubject = 60 // characters that most inboxes show
	maxEmoji   = 2  // more look like spam
)

// Size finds a mailing of whose HTML some would be cut off.
func Size(r *Report, bytes int) {
	if bytes > blockSize {
		r.Block(lang.Position{}, "size", "templates.html_clipped", "bytes", bytes, "most", blockSize)
	} else if bytes > warnSize {
		r.Warn(lang.Position{}, "size", "templates.html_too_large", "bytes", bytes, "most", blockSize)
	}
}

// Advertiser finds out whether what is shown, squeezed, names the advertiser of
// the placement that part names.
func Advertiser(r *Report, part, advertiser, shown string) {
	if !strings.Contains(shown, Squeeze(advertiser)) {
		r.Warn(lang.Position{Part: part}, "advertiser",
			"templates.advertiser_unnamed", "advertiser", advertiser)
	}
}

// Squeeze makes texts comparable: lower case, each white space one space.
func Squeeze(s string) string {
	s = strings.NewReplacer("&amp;", "&", "&#39;", "'", "&#34;", `"`, "\u00A0", " ", "<br>", " ").Replace(s)
	return strings.ToLower(strings.Join(strings.Fields(s), " "))
}

// Subject finds subjects that are cut off or look like spam.
func Subject(r *Report, part, text string) {
	at := lang.Position{Part: part}
	var letters, capitals int
	for _, c := range text {
		if unicode.IsLetter(c) {
			letters++
		}
		if unicode.IsUpper(c) {
			capitals++
		}
	}
	switch length := inboxes.Length(text); {
	case strings.TrimSpace(text) == "":
		r.Block(at, "no_subject", "templates.subject_empty")
	case length > maxSubject:
		r.Warn(at, "subject_long", "templates.subject_long", "length", length, "most", maxSubject)
	}
	if letters >= 8 && capitals*5 > letters*4 {
		r.Warn(at, "subject_capitals", "templates.subject_capitals")
	}
	if strings.Count(text, "!") > 1 {
		r.Warn(at, "subject_exclamations", "templates.subject_exclamations")
	}
	if n := inboxes.Emoji(text); n > maxEmoji {
		r.Warn(at, "subject_emoji", "templates.subject_emoji", "n", n)
	}
	if inboxes.Unseen(text) {
		r.Warn(at, "subject_unseen", "templates.subject_unseen")
	}
	if inboxes.Styled(text) {
		r.Warn(at, "subject_styled", "templates.subject_styled")
	}
}
