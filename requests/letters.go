package requests

import "keur/internal/notices"

var (
	assignedLetters = map[string]notices.Letter{
		"nl": {Subject: "Voor jou: {title}", Body: "Beste {name},\n\n{by} heeft je een ticket toegewezen:\n\n{title}\n\n{text}\n\n{url}\n"},
		"de": {Subject: "Für Sie: {title}", Body: "Guten Tag {name},\n\n{by} hat Ihnen ein Ticket " +
			"zugewiesen:\n\n{title}\n\n{text}\n\n{url}\n"},
		"en": {Subject: "For you: {title}", Body: "Dear {name},\n\n{by} assigned a request to you:\n\n{title}\n\n{text}\n\n{url}\n"},
	}
	departmentLetters = map[string]notices.Letter{
		"nl": {Subject: "Vraag aan {name}: {title}",
			Body: "Beste {name},\n\n{by} vraagt:\n\n{title}\n\n{text}\n\nAntwoord via deze link; je hebt geen account nodig. De " +
				"link werkt 30 dagen:\n\n{url}\n"},
		"de": {Subject: "Anfrage an {name}: {title}",
			Body: "Guten Tag {name},\n\n{by} fragt:\n\n{title}\n\n{text}\n\nAntworten Sie über diesen Link; ein Konto ist nicht " +
				"nötig. Der Link gilt 30 Tage:\n\n{url}\n"},
		"en": {Subject: "A request for {name}: {title}",
			Body: "Dear {name},\n\n{by} asks:\n\n{title}\n\n{text}\n\nAnswer by this link; you need no account. It works for 30 " +
				"days:\n\n{url}\n"},
	}
	mentionLetters = map[string]notices.Letter{
		"nl": {Subject: "Je wordt genoemd: {title}", Body: "Beste {name},\n\n{by} noemt je bij {title}:\n\n{text}\n\n{url}\n"},
		"de": {Subject: "Sie werden erwähnt: {title}", Body: "Guten Tag {name},\n\n{by} erwähnt Sie bei {title}:\n\n{text}\n\n{url}\n"},
		"en": {Subject: "You are mentioned: {title}", Body: "Dear {name},\n\n{by} mentions you at {title}:\n\n{text}\n\n{url}\n"},
	}
	saidLetters = map[string]notices.Letter{
		"nl": {Subject: "Reactie van {by}: {title}", Body: "Beste {name},\n\n{by} schrijft bij {title}:\n\n{text}\n\n{url}\n"},
		"de": {Subject: "Kommentar von {by}: {title}", Body: "Guten Tag {name},\n\n{by} schreibt zu {title}:\n\n{text}\n\n{url}\n"},
		"en": {Subject: "{by} on: {title}", Body: "Dear {name},\n\n{by} writes about {title}:\n\n{text}\n\n{url}\n"},
	}
	departmentSaidLetters = map[string]notices.Letter{
		"nl": {Subject: "Reactie van {by}: {title}",
			Body: "Beste {name},\n\n{by} schrijft bij {title}:\n\n{text}\n\nAntwoord via deze link; je hebt geen account nodig. De " +
				"link werkt 30 dagen:\n\n{url}\n"},
		"de": {Subject: "Kommentar von {by}: {title}",
			Body: "Guten Tag {name},\n\n{by} schreibt zu {title}:\n\n{text}\n\nAntworten Sie über diesen Link; ein Konto ist nicht " +
				"nötig. Der Link gilt 30 Tage:\n\n{url}\n"},
		"en": {Subject: "{by} on: {title}", Body: "Dear {name},\n\n{by} writes about {title}:\n\n{text}\n\nAnswer by this link; you " +
			"need no account. It works for 30 days:\n\n{url}\n"},
	}
	doneLetters = map[string]notices.Letter{
		"nl": {Subject: "Klaar: {title}", Body: "Beste {name},\n\nwat je vroeg is klaar, zegt {by}:\n\n{title}\n\n{url}\n"},
		"de": {Subject: "Erledigt: {title}", Body: "Guten Tag {name},\n\nIhre Anfrage ist erledigt, sagt {by}:\n\n{title}\n\n{url}\n"},
		"en": {Subject: "Done: {title}", Body: "Dear {name},\n\nwhat you asked is done, says {by}:\n\n{title}\n\n{url}\n"},
	}
	answeredLetters = map[string]notices.Letter{
		"nl": {Subject: "Antwoord van {by}: {title}", Body: "Beste {name},\n\n{by} antwoordde op {title}:\n\n{text}\n\n{url}\n"},
		"de": {Subject: "Antwort von {by}: {title}", Body: "Guten Tag {name},\n\n{by} antwortete auf {title}:\n\n{text}\n\n{url}\n"},
		"en": {Subject: "Answer of {by}: {title}", Body: "Dear {name},\n\n{by} answered {title}:\n\n{text}\n\n{url}\n"},
	}
)

// fill writes the letter in a language, with what it tells.
func fill(letters map[string]notices.Letter, locale string, name, by, url string, r Request, text string) notices.Letter {
	return letters[locale].Fill("{name}", name, "{by}", by, "{title}", r.Title, "{text}", text, "{url}", url)
}
