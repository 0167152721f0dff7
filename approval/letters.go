package approval

import (
	"time"

	"keur/internal/notices"
)

// letterFacts are what a letter fills in.
type letterFacts struct {
	Name, Mailing, Label, URL, Reason string
	Until                             time.Time // when it is due, or the slot of a send
}

// letters by language and occasion. Dutch says je, German Sie.
var letters = map[string]map[string]notices.Letter{
	"nl": {
		"invite":            {Subject: "Keuring gevraagd: {mailing}", Body: "Beste {name},\n\n{label} heeft een mailing voor je klaargezet: \"{mailing}\". Bekijk hem en keur hem goed, of vraag een wijziging, voor {until}:\n\n{url}\n\nDeze link is alleen voor jou.\n\n{label}\n"},
		"remind":            {Subject: "Herinnering: {mailing} wacht op je keuring", Body: "Beste {name},\n\nDe mailing \"{mailing}\" wacht nog op je keuring. Na {until} vervalt hij.\n\n{url}\n\n{label}\n"},
		"turn":              {Subject: "Keuring gevraagd: {mailing}", Body: "Beste {name},\n\nDe mailing \"{mailing}\" van {label} wacht op je keuring, tot {until}.\n\n{url}\n"},
		"remind_user":       {Subject: "Herinnering: {mailing} wacht op keuring", Body: "Beste {name},\n\nDe mailing \"{mailing}\" van {label} wacht nog op keuring. Na {until} vervalt hij.\n\n{url}\n"},
		"changes_requested": {Subject: "Wijziging gevraagd: {mailing}", Body: "Beste {name},\n\nEr is een wijziging gevraagd in \"{mailing}\":\n\n{reason}\n\n{url}\n"},
		"withdrawn":         {Subject: "Ingetrokken: {mailing}", Body: "Beste {name},\n\nDe keuring van \"{mailing}\" is ingetrokken. {reason}\n\n{url}\n"},
		"expired":           {Subject: "Verlopen: {mailing}", Body: "Beste {name},\n\nDe keuring van \"{mailing}\" is verlopen: niet iedereen besliste op tijd. De mailing is weer een concept en wordt niet verzonden.\n\n{url}\n"},
		"held":              {Subject: "Verzending aangehouden: {mailing}", Body: "Beste {name},\n\nDe verzending van \"{mailing}\" ({label}) van {until} is aangehouden. {reason}\n\nTot iemand die er niet aan meewerkte haar vrijgeeft, gaat er niets meer uit:\n\n{url}\n"},
		"missed":            {Subject: "Niet verzonden: {mailing}", Body: "Beste {name},\n\n\"{mailing}\" ({label}) is niet verzonden: het moment {until} is voorbij. Een collega kan een nieuw moment kiezen:\n\n{url}\n"},
	},
	"de": {
		"invite":            {Subject: "Bitte um Freigabe: {mailing}", Body: "Guten Tag {name},\n\n{label} hat ein Mailing für Sie vorbereitet: \"{mailing}\". Bitte sehen Sie es sich an und geben Sie es frei, oder fordern Sie eine Änderung an, vor {until}:\n\n{url}\n\nDieser Link ist nur für Sie.\n\n{label}\n"},
		"remind":            {Subject: "Erinnerung: {mailing} wartet auf Ihre Freigabe", Body: "Guten Tag {name},\n\ndas Mailing \"{mailing}\" wartet noch auf Ihre Freigabe. Nach {until} verfällt es.\n\n{url}\n\n{label}\n"},
		"turn":              {Subject: "Bitte um Freigabe: {mailing}", Body: "Guten Tag {name},\n\ndas Mailing \"{mailing}\" von {label} wartet auf Ihre Freigabe, bis {until}.\n\n{url}\n"},
		"remind_user":       {Subject: "Erinnerung: {mailing} wartet auf Freigabe", Body: "Guten Tag {name},\n\ndas Mailing \"{mailing}\" von {label} wartet noch auf Freigabe. Nach {until} verfällt es.\n\n{url}\n"},
		"changes_requested": {Subject: "Änderung angefordert: {mailing}", Body: "Guten Tag {name},\n\nfür \"{mailing}\" wurde eine Änderung angefordert:\n\n{reason}\n\n{url}\n"},
		"withdrawn":         {Subject: "Zurückgezogen: {mailing}", Body: "Guten Tag {name},\n\ndie Freigabe von \"{mailing}\" wurde zurückgezogen. {reason}\n\n{url}\n"},
		"expired":           {Subject: "Abgelaufen: {mailing}", Body: "Guten Tag {name},\n\ndie Freigabe von \"{mailing}\" ist abgelaufen: nicht alle haben rechtzeitig entschieden. Das Mailing ist wieder ein Entwurf und wird nicht versendet.\n\n{url}\n"},
		"held":              {Subject: "Versand angehalten: {mailing}", Body: "Guten Tag {name},\n\nder Versand von \"{mailing}\" ({label}) vom {until} wurde angehalten. {reason}\n\nBis ihn jemand freigibt, der nicht daran mitgearbeitet hat, geht nichts mehr hinaus:\n\n{url}\n"},
		"missed":            {Subject: "Nicht versendet: {mailing}", Body: "Guten Tag {name},\n\n\"{mailing}\" ({label}) wurde nicht versendet: der Zeitpunkt {until} ist vorbei. Eine Kollegin oder ein Kollege kann einen neuen wählen:\n\n{url}\n"},
	},
	"en": {
		"invite":            {Subject: "Your approval, please: {mailing}", Body: "Dear {name},\n\n{label} prepared a mailing for you: \"{mailing}\". Please look at it and approve it, or request changes, before {until}:\n\n{url}\n\nThis link is for you alone.\n\n{label}\n"},
		"remind":            {Subject: "Reminder: {mailing} waits for your approval", Body: "Dear {name},\n\nThe mailing \"{mailing}\" still waits for your approval. After {until} it lapses.\n\n{url}\n\n{label}\n"},
		"turn":              {Subject: "Your approval, please: {mailing}", Body: "Dear {name},\n\nThe mailing \"{mailing}\" of {label} waits for your approval, until {until}.\n\n{url}\n"},
		"remind_user":       {Subject: "Reminder: {mailing} waits for approval", Body: "Dear {name},\n\nThe mailing \"{mailing}\" of {label} still waits for approval. After {until} it lapses.\n\n{url}\n"},
		"changes_requested": {Subject: "Changes requested: {mailing}", Body: "Dear {name},\n\nChanges were requested in \"{mailing}\":\n\n{reason}\n\n{url}\n"},
		"withdrawn":         {Subject: "Withdrawn: {mailing}", Body: "Dear {name},\n\nThe approval of \"{mailing}\" was withdrawn. {reason}\n\n{url}\n"},
		"expired":           {Subject: "Expired: {mailing}", Body: "Dear {name},\n\nThe approval of \"{mailing}\" expired: not everyone decided in time. The mailing is a draft again and won't be sent.\n\n{url}\n"},
		"held":              {Subject: "Send held: {mailing}", Body: "Dear {name},\n\nThe send of \"{mailing}\" ({label}) of {until} is held. {reason}\n\nNothing more goes out until somebody who didn't work on it releases it:\n\n{url}\n"},
		"missed":            {Subject: "Not sent: {mailing}", Body: "Dear {name},\n\n\"{mailing}\" ({label}) wasn't sent: its moment {until} has passed. A colleague may choose a new one:\n\n{url}\n"},
	},
}

// letterTo writes the letter for an occasion in the reader's language.
func letterTo(locale, occasion string, f letterFacts) notices.Letter {
	byOccasion, ok := letters[locale]
	if !ok {
		byOccasion = letters["en"]
	}
	return byOccasion[occasion].Fill("{name}", f.Name, "{mailing}", f.Mailing, "{label}", f.Label, "{url}", f.URL, "{reason}", f.Reason,
		"{until}", f.Until.Format("02-01-2006 15:04 (MST)"))
}
