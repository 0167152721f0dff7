package history

import (
	"time"

	"keur/requests"
)

// germanDepartments are asked by mail.
func germanDepartments() map[string]string {
	return map[string]string{
		"Gestaltung": "gestaltung@sparpfad.example", "Technik": "technik@sparpfad.example", "Mitgliederservice": "service@sparpfad.example",
	}
}

// germanTickets are what people of the German label ask each other.
func germanTickets() []ticket {
	return []ticket{
		{kind: requests.Task, title: "Hüttenbild mit mehr Schnee und weniger Himmel", body: "Auf dem Telefon sieht man nur Himmel. Bitte 600 Pixel breit, die Tür im rechten Drittel.",
			days: 5, hour: 10, by: maker, to: "Gestaltung", within: 3, about: requests.AboutCreative, of: "Alpenglück Reisen",
			turns: []turn{
				{6 * time.Hour, "Lena aus der Gestaltung", "Ist in Arbeit. Herr Thaler schickt noch zwei Aufnahmen vom Morgen.", ""},
				{22 * time.Hour, maker, "Wunderbar, dann warten wir bis dahin.", requests.Waiting},
			}},
		{kind: requests.Question, title: "Dürfen wir „ab 39 Euro“ schreiben?", body: "Die Lampe kostet 39, die Decke 59 Euro. Frau Petersen möchte den niedrigeren Preis im Betreff.",
			days: 2, hour: 14, by: maker, to: colleague, within: 2, about: requests.AboutCampaign, of: "Holz & Hygge"},
		{kind: requests.Fault, title: "Umlaute im Absender fehlen bei einem Anbieter", body: "Zwei Mitglieder schreiben, dass statt „für“ nur Zeichen stehen. Beide lesen bei demselben kleinen Anbieter.",
			days: 6, hour: 9, by: maker, to: "Technik", within: 3, about: requests.AboutMailing,
			turns: []turn{{7 * time.Hour, "Emre aus der Technik", "Nachgestellt. Unsere E-Mail ist richtig kodiert; ich habe dem Anbieter geschrieben und warte auf Antwort.", ""}}},
		{kind: requests.Question, title: "Mitglied findet seine Punkte aus dem Laufherbst nicht", body: "Schuhe am 4. gekauft, bestätigt, aber nicht gutgeschrieben. Das Mitglied wartet auf Rückruf.",
			days: 3, hour: 11, by: admin, to: maker, within: 2, about: requests.AboutMember,
			turns: []turn{{90 * time.Minute, maker, "Der Klick ist da, die Bestätigung des Netzwerks noch nicht. @Jeroen, hast du einen Kontakt dort?", requests.InProgress}}},
		{kind: requests.Task, title: "Neue Fassung der Kaffeebeschreibung freigeben lassen", body: "Herr Brandt hat „Kakao und Orange“ bestätigt, „ohne Säure“ muss heraus.",
			days: 1, hour: 16, by: colleague, to: maker, within: 1, about: requests.AboutCampaign, of: "Kaffeerösterei Nordlicht"},
		{kind: requests.Idea, title: "Eine Umfrage statt der Gewinner des Monats", body: "Drei Fragen zu den Interessen. Die Antworten kämen den Zielgruppen zugute.",
			days: 10, hour: 15, by: colleague,
			turns: []turn{{21 * time.Hour, maker, "Gern im Januar, vor Weihnachten ist der Platz vergeben.", ""}}},
		{kind: requests.Task, title: "Vogelhaus: Lieferzeit in den Text aufnehmen", body: "Frau Meyer nennt acht Werktage.",
			days: 9, hour: 13, by: colleague, to: maker, within: 2, about: requests.AboutCampaign, of: "Gartenfreude Meyer",
			turns: []turn{{4 * time.Hour, maker, "Steht im zweiten Satz.", requests.Done}}},
		{kind: requests.Question, title: "Wie viele melden sich nach der Punktemail ab?", body: "Bitte nur, was am Telefon gesagt wird; die Zahlen haben wir.",
			days: 8, hour: 10, by: maker, to: "Mitgliederservice", within: 5,
			turns: []turn{{25 * time.Hour, "Sabine vom Mitgliederservice", "Kaum jemand. Die meisten bitten um weniger E-Mails, nicht um gar keine.", requests.Done}}},
		{kind: requests.Task, title: "Reflexwesten: Bild in besserer Auflösung besorgen", body: "Das jetzige ist 400 Pixel breit und wirkt unscharf.",
			days: 4, hour: 12, by: maker, to: "Gestaltung", within: 8, about: requests.AboutCreative, of: "Laufwerk Sport"},
		{kind: requests.Fault, title: "Vorschautext beginnt mit einem Leerzeichen", body: "Nur im Newsletter. Vermutlich die Vorlage.",
			days: 2, hour: 9, by: colleague, to: admin, within: 6},
	}
}
