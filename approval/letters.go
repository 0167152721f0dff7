package approval

import (
	"strings"
	"time"
)

// letter is what a notice says, in its reader's language.
type letter struct{ Subject, Body string }

// letterFacts are what a letter fills in.
type letterFacts struct {
	Name, Mailing, Label, URL, Reason string
	Until                             time.Time // when it is due, or the slot of a send
}

// letters by language and occasion. Dutch says je, German Sie.
var letters = map[string]map[string]letter{
	"nl": {
		"invite":            {"Keuring gevraagd: {mailing}", "Beste {name},\n\n{label} heeft een mailing voor je klaargezet: \"{mailing}\". Bekijk hem en keur hem goed, of vraag een wijziging, voor {until}:\n\n{url}\n\nDeze link is alleen voor jou.\n\n{label}\n"},
		"remind":            {"Herinnering: {mailing} wacht op je keuring", "Beste {name},\n\nDe mailing \"{mailing}\" wacht nog op je keuring. Na {until} vervalt hij.\n\n{url}\n\n{label}\n"},
		"turn":              {"Keuring gevraagd: {mailing}", "Beste {name},\n\nDe mailing \"{mailing}\" van {label} wacht op je keuring, tot {until}.\n\n{url}\n"},
		"remind_user":       {"Herinnering: {mailing} wacht op keuring", "Beste {name},\n\nDe mailing \"{mailing}\" van {label} wacht nog op keuring. Na {until} vervalt hij.\n\n{url}\n"},
		"changes_requested": {"Wijziging gevraagd: {mailing}", "Beste {name},\n\nEr is een wijziging gevraagd in \"{mailing}\":\n\n{reason}\n\n{url}\n"},
		"withdrawn":         {"Ingetrokken: {mailing}", "Beste {name},\n\nDe keuring van \"{mailing}\" is ingetrokken. {reason}\n\n{url}\n"},
		"expired":           {"Verlopen: {mailing}", "Beste {name},\n\nDe keuring van \"{mailing}\" is verlopen: niet iedereen besliste op tijd. De mailing is weer een concept en wordt niet verzonden.\n\n{url}\n"},
		"held":              {"Verzending aangehouden: {mailing}", "Beste {name},\n\nDe verzending van \"{mailing}\" ({label}) van {until} is aangehouden. {reason}\n\nTot iemand die er niet aan meewerkte haar vrijgeeft, gaat er niets meer uit:\n\n{url}\n"},
		"missed":            {"Niet verzonden: {mailing}", "Beste {name},\n\n\"{mailing}\" ({label}) is niet verzonden: het moment {until} is voorbij. Een collega kan een nieuw moment kiezen:\n\n{url}\n"},
	},
	"de": {
		"invite":            {"Bitte um Freigabe: {mailing}", "Guten Tag {name},\n\n{label} hat ein Mailing für Sie vorbereitet: \"{mailing}\". Bitte sehen Sie es sich an und geben Sie es frei, oder fordern Sie eine Änderung an, vor {until}:\n\n{url}\n\nDieser Link ist nur für Sie.\n\n{label}\n"},
		"remind":            {"Erinnerung: {mailing} wartet auf Ihre Freigabe", "Guten Tag {name},\n\ndas Mailing \"{mailing}\" wartet noch auf Ihre Freigabe. Nach {until} verfällt es.\n\n{url}\n\n{label}\n"},
		"turn":              {"Bitte um Freigabe: {mailing}", "Guten Tag {name},\n\ndas Mailing \"{mailing}\" von {label} wartet auf Ihre Freigabe, bis {until}.\n\n{url}\n"},
		"remind_user":       {"Erinnerung: {mailing} wartet auf Freigabe", "Guten Tag {name},\n\ndas Mailing \"{mailing}\" von {label} wartet noch auf Freigabe. Nach {until} verfällt es.\n\n{url}\n"},
		"changes_requested": {"Änderung angefordert: {mailing}", "Guten Tag {name},\n\nfür \"{mailing}\" wurde eine Änderung angefordert:\n\n{reason}\n\n{url}\n"},
		"withdrawn":         {"Zurückgezogen: {mailing}", "Guten Tag {name},\n\ndie Freigabe von \"{mailing}\" wurde zurückgezogen. {reason}\n\n{url}\n"},
		"expired":           {"Abgelaufen: {mailing}", "Guten Tag {name},\n\ndie Freigabe von \"{mailing}\" ist abgelaufen: nicht alle haben rechtzeitig entschieden. Das Mailing ist wieder ein Entwurf und wird nicht versendet.\n\n{url}\n"},
		"held":              {"Versand angehalten: {mailing}", "Guten Tag {name},\n\nder Versand von \"{mailing}\" ({label}) vom {until} wurde angehalten. {reason}\n\nBis ihn jemand freigibt, der nicht daran mitgearbeitet hat, geht nichts mehr hinaus:\n\n{url}\n"},
		"missed":            {"Nicht versendet: {mailing}", "Guten Tag {name},\n\n\"{mailing}\" ({label}) wurde nicht versendet: der Zeitpunkt {until} ist vorbei. Eine Kollegin oder ein Kollege kann einen neuen wählen:\n\n{url}\n"},
	},
	"en": {
		"invite":            {"Your approval, please: {mailing}", "Dear {name},\n\n{label} prepared a mailing for you: \"{mailing}\". Please look at it and approve it, or request changes, before {until}:\n\n{url}\n\nThis link is for you alone.\n\n{label}\n"},
		"remind":            {"Reminder: {mailing} waits for your approval", "Dear {name},\n\nThe mailing \"{mailing}\" still waits for your approval. After {until} it lapses.\n\n{url}\n\n{label}\n"},
		"turn":              {"Your approval, please: {mailing}", "Dear {name},\n\nThe mailing \"{mailing}\" of {label} waits for your approval, until {until}.\n\n{url}\n"},
		"remind_user":       {"Reminder: {mailing} waits for approval", "Dear {name},\n\nThe mailing \"{mailing}\" of {label} still waits for approval. After {until} it lapses.\n\n{url}\n"},
		"changes_requested": {"Changes requested: {mailing}", "Dear {name},\n\nChanges were requested in \"{mailing}\":\n\n{reason}\n\n{url}\n"},
		"withdrawn":         {"Withdrawn: {mailing}", "Dear {name},\n\nThe approval of \"{mailing}\" was withdrawn. {reason}\n\n{url}\n"},
		"expired":           {"Expired: {mailing}", "Dear {name},\n\nThe approval of \"{mailing}\" expired: not everyone decided in time. The mailing is a draft again and won't be sent.\n\n{url}\n"},
		"held":              {"Send held: {mailing}", "Dear {name},\n\nThe send of \"{mailing}\" ({label}) of {until} is held. {reason}\n\nNothing more goes out until somebody who didn't work on it releases it:\n\n{url}\n"},
		"missed":            {"Not sent: {mailing}", "Dear {name},\n\n\"{mailing}\" ({label}) wasn't sent: its moment {until} has passed. A colleague may choose a new one:\n\n{url}\n"},
	},
}

// letterTo writes the letter for an occasion in the reader's language.
func letterTo(locale, occasion string, f letterFacts) letter {
	byOccasion, ok := letters[locale]
	if !ok {
		byOccasion = letters["en"]
	}
	l := byOccasion[occasion]
	fill := strings.NewReplacer("{name}", f.Name, "{mailing}", f.Mailing, "{label}", f.Label, "{url}", f.URL, "{reason}", f.Reason,
		"{until}", f.Until.Format("02-01-2006 15:04 (MST)"))
	// A subject is one line, whatever a mailing is called.
	return letter{Subject: strings.Join(strings.Fields(fill.Replace(l.Subject)), " "), Body: fill.Replace(l.Body)}
}
