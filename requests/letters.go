package requests

import "strings"

// letter is what a mail about a request says, in its reader's language.
type letter struct{ Subject, Body string }

var (
	assignedLetters = map[string]letter{
		"nl": {"Voor jou: {title}", "Beste {name},\n\n{by} heeft je een ticket toegewezen:\n\n{title}\n\n{text}\n\n{url}\n"},
		"de": {"Für Sie: {title}", "Guten Tag {name},\n\n{by} hat Ihnen ein Ticket zugewiesen:\n\n{title}\n\n{text}\n\n{url}\n"},
		"en": {"For you: {title}", "Dear {name},\n\n{by} assigned a request to you:\n\n{title}\n\n{text}\n\n{url}\n"},
	}
	departmentLetters = map[string]letter{
		"nl": {"Vraag aan {name}: {title}", "Beste {name},\n\n{by} vraagt:\n\n{title}\n\n{text}\n\nAntwoord via deze link; je hebt geen account nodig. De link werkt 30 dagen:\n\n{url}\n"},
		"de": {"Anfrage an {name}: {title}", "Guten Tag {name},\n\n{by} fragt:\n\n{title}\n\n{text}\n\nAntworten Sie über diesen Link; ein Konto ist nicht nötig. Der Link gilt 30 Tage:\n\n{url}\n"},
		"en": {"A request for {name}: {title}", "Dear {name},\n\n{by} asks:\n\n{title}\n\n{text}\n\nAnswer by this link; you need no account. It works for 30 days:\n\n{url}\n"},
	}
	mentionLetters = map[string]letter{
		"nl": {"Je wordt genoemd: {title}", "Beste {name},\n\n{by} noemt je bij {title}:\n\n{text}\n\n{url}\n"},
		"de": {"Sie werden erwähnt: {title}", "Guten Tag {name},\n\n{by} erwähnt Sie bei {title}:\n\n{text}\n\n{url}\n"},
		"en": {"You are mentioned: {title}", "Dear {name},\n\n{by} mentions you at {title}:\n\n{text}\n\n{url}\n"},
	}
	saidLetters = map[string]letter{
		"nl": {"Reactie van {by}: {title}", "Beste {name},\n\n{by} schrijft bij {title}:\n\n{text}\n\n{url}\n"},
		"de": {"Kommentar von {by}: {title}", "Guten Tag {name},\n\n{by} schreibt zu {title}:\n\n{text}\n\n{url}\n"},
		"en": {"{by} on: {title}", "Dear {name},\n\n{by} writes about {title}:\n\n{text}\n\n{url}\n"},
	}
	departmentSaidLetters = map[string]letter{
		"nl": {"Reactie van {by}: {title}", "Beste {name},\n\n{by} schrijft bij {title}:\n\n{text}\n\nAntwoord via deze link; je hebt geen account nodig. De link werkt 30 dagen:\n\n{url}\n"},
		"de": {"Kommentar von {by}: {title}", "Guten Tag {name},\n\n{by} schreibt zu {title}:\n\n{text}\n\nAntworten Sie über diesen Link; ein Konto ist nicht nötig. Der Link gilt 30 Tage:\n\n{url}\n"},
		"en": {"{by} on: {title}", "Dear {name},\n\n{by} writes about {title}:\n\n{text}\n\nAnswer by this link; you need no account. It works for 30 days:\n\n{url}\n"},
	}
	doneLetters = map[string]letter{
		"nl": {"Klaar: {title}", "Beste {name},\n\nwat je vroeg is klaar, zegt {by}:\n\n{title}\n\n{url}\n"},
		"de": {"Erledigt: {title}", "Guten Tag {name},\n\nIhre Anfrage ist erledigt, sagt {by}:\n\n{title}\n\n{url}\n"},
		"en": {"Done: {title}", "Dear {name},\n\nwhat you asked is done, says {by}:\n\n{title}\n\n{url}\n"},
	}
	answeredLetters = map[string]letter{
		"nl": {"Antwoord van {by}: {title}", "Beste {name},\n\n{by} antwoordde op {title}:\n\n{text}\n\n{url}\n"},
		"de": {"Antwort von {by}: {title}", "Guten Tag {name},\n\n{by} antwortete auf {title}:\n\n{text}\n\n{url}\n"},
		"en": {"Answer of {by}: {title}", "Dear {name},\n\n{by} answered {title}:\n\n{text}\n\n{url}\n"},
	}
)

// fill writes the letter in a language, with what it tells.
func fill(letters map[string]letter, locale string, name, by, url string, r Request, text string) letter {
	l := letters[locale]
	// The subject is one line, whatever people type.
	title := strings.Join(strings.Fields(r.Title), " ")
	with := strings.NewReplacer("{name}", name, "{by}", by, "{title}", title, "{text}", text, "{url}", url)
	return letter{Subject: with.Replace(l.Subject), Body: with.Replace(l.Body)}
}
