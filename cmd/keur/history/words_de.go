package history

import (
	"image/color"

	"keur/campaigns"
	"keur/internal/demo"
)

// german is what the German label sends.
func german() words {
	return words{
		code:        "de",
		departments: germanDepartments(), tickets: germanTickets(),
		button:    "Zum Angebot",
		newspaper: "Fundstücke der Woche", preheader: "Ausgesucht von der Redaktion des Sparpfads.",
		weekly: "Ihr Punktestand", weeklySubject: "{{member.first_name | default \"Guten Tag\"}}, so steht es um Ihre Punkte",
		house: []string{"Die Gewinner des Monats", "Neu: Punkte spenden", "So holen Sie mehr aus dem Sparpfad", "Eine Frage zu Ihren Interessen"},
		saved: []saved{
			{"Alle Erwachsenen", "Mitglieder von 18 bis 80 Jahren", `{"attribute":"birth_date","op":"age_between","value":[18,80]}`},
			{"Reise und Rad", "Interesse an Reisen oder Radfahren", `{"attribute":"interests","op":"has_any","value":["reisen","radfahren"]}`},
			{"Haus und Garten", "Interesse an Wohnen oder Garten", `{"attribute":"interests","op":"has_any","value":["wohnen","garten"]}`},
			{"Genießer", "Interesse am Kochen oder Lesen", `{"attribute":"interests","op":"has_any","value":["kochen","lesen"]}`},
			{"Fleißige Sammler", "1.000 Punkte oder mehr", `{"attribute":"points","op":"gte","value":1000}`},
			{"Klickte in den letzten 60 Tagen", "Wer zuletzt etwas anklickte", `{"engagement":"clicked","within_days":60}`},
		},
		later: "Der Preis stimmt nicht mehr: 89 Euro statt 79. Bitte auch das neue Foto.", doubt: "Die Überschrift verspricht mehr als die Bedingungen. Bitte „bis zu 25 %“ schreiben.",
		stopped: "Das Budget ist aufgebraucht, auf Wunsch des Advertisers",
		offers: []*offer{
			{advertiser: "Alpenglück Reisen", category: "travel", network: "awin", ref: "50412", contact: "Sebastian Thaler", email: "sebastian@alpenglueck.example", segment: "Reise und Rad",
				deals: []campaigns.Deal{percent(500, "auf den Reisepreis")}, scene: demo.Peaks, sky: color.RGBA{0xe6, 0xd3, 0xdc, 0xff}, land: color.RGBA{0x5a, 0x3f, 0x5f, 0xff}, optimism: 1.2,
				promos: [2]promo{
					{"Goldener Oktober", "Wandern, wenn die Lärchen leuchten", "Fünf Nächte im Engadin mit Frühstück und Bergbahn, ab 489 Euro.", "Der schönste Monat in den Bergen"},
					{"Hüttenwinter", "Eine Hütte für Sie allein", "Holzofen, Schnee vor der Tür und kein Empfang. Drei Nächte ab 330 Euro.", "Drei Nächte Stille"},
				}},
			{advertiser: "Holz & Hygge", category: "home", network: "tradedoubler", ref: "288104", contact: "Maren Petersen", email: "maren@holzhygge.example", segment: "Haus und Garten",
				deals: []campaigns.Deal{amount(campaigns.CPC, 32, "")}, scene: demo.Dunes, sky: color.RGBA{0xef, 0xe2, 0xcb, 0xff}, land: color.RGBA{0x7a, 0x55, 0x38, 0xff}, optimism: 0.85,
				promos: [2]promo{
					{"Tischwochen", "Ein Tisch für alle", "Massive Eiche, geölt, in vier Längen. Bis Monatsende mit zwei Bänken dazu.", "Platz für zehn"},
					{"Licht und Decke", "Abende auf dem Sofa", "Lammwolle, Leinen und Lampen, die nicht blenden. Ab 39 Euro.", "Es darf wieder gemütlich sein"},
				}},
			{advertiser: "Gartenfreude Meyer", category: "garden", network: "direct", ref: "meyer", contact: "Ulrike Meyer", email: "ulrike@gartenfreude.example", segment: "Haus und Garten",
				deals: []campaigns.Deal{amount(campaigns.CPM, 700, "je tausend zugestellt")}, scene: demo.Dunes, sky: color.RGBA{0xd3, 0xe6, 0xd8, 0xff}, land: color.RGBA{0x35, 0x5e, 0x3b, 0xff}, optimism: 1.6,
				promos: [2]promo{
					{"Herbststauden", "Jetzt pflanzen, lange freuen", "Zwölf winterharte Stauden im Paket, nach Blütezeit gemischt.", "Zwölf Stauden für Ihr Beet"},
					{"Vogelwinter", "Gäste am Fenster", "Futterhaus aus Lärche und Saaten für sieben Arten.", "Besuch im Wintergarten"},
				}},
			{advertiser: "Laufwerk Sport", category: "sport", network: "awin", ref: "61770", contact: "Nadine Okafor", email: "nadine@laufwerk.example", segment: "Fleißige Sammler",
				deals: []campaigns.Deal{percent(800, ""), amount(campaigns.Fixed, 60_000, "Platzierung")}, scene: demo.Peaks, sky: color.RGBA{0xf2, 0xd0, 0xa9, 0xff}, land: color.RGBA{0x8c, 0x3f, 0x2b, 0xff}, optimism: 1.05,
				promos: [2]promo{
					{"Laufherbst", "Schuhe für nasse Wege", "Griffige Sohlen, trockene Füße: bis zu 25 % auf Trailschuhe.", "Rutschfest durch den Herbst"},
					{"Lichtlauf", "Sehen und gesehen werden", "Westen, Lampen und Jacken mit Reflex, im Set günstiger.", "Laufen, wenn es dunkel ist"},
				}},
			{advertiser: "Kaffeerösterei Nordlicht", category: "food", network: "cj", ref: "4410932", contact: "Jonas Brandt", email: "jonas@nordlicht-kaffee.example", segment: "Genießer",
				deals: []campaigns.Deal{amount(campaigns.CPA, 450, "je Probeabo")}, scene: demo.Lamps, sky: color.RGBA{0x2a, 0x22, 0x1e, 0xff}, land: color.RGBA{0xd9, 0x8b, 0x46, 0xff}, optimism: 0.95,
				promos: [2]promo{
					{"Probeabo", "Jede Woche frisch geröstet", "Vier Sorten zum Kennenlernen, kündbar mit einem Satz. Das erste Paket für 7,90 Euro.", "Vier Kaffees zum Kennenlernen"},
					{"Winterröstung", "Nach Kakao und Orange", "Die Röstung, auf die wir das Jahr über warten. Nur bis Weihnachten.", "Die Winterröstung ist da"},
				}},
		},
	}
}
