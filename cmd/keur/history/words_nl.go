package history

import (
	"image/color"

	"keur/campaigns"
	"keur/internal/demo"
)

// dutch is what the Dutch label sends.
func dutch() words {
	return words{
		code:        "nl",
		departments: dutchDepartments(), tickets: dutchTickets(),
		button:    "Bekijk het aanbod",
		newspaper: "Weekselectie", preheader: "Uitgezocht door de redactie van Spaarpad.",
		weekly: "Je punten van deze week", weeklySubject: "{{member.first_name | default \"Hallo\"}}, dit staat er op je spaarpad",
		house: []string{"Winnaars van de maand", "Nieuw: punten delen met je gezin", "Zo haal je meer uit je spaarpad", "Een vraag over je voorkeuren"},
		saved: []saved{
			{"Alle volwassenen", "Leden van 18 tot en met 80 jaar", `{"attribute":"birth_date","op":"age_between","value":[18,80]}`},
			{"Reizigers en lezers", "Interesse in reizen of lezen", `{"attribute":"interests","op":"has_any","value":["reizen","lezen"]}`},
			{"Huis en tuin", "Interesse in wonen of tuinieren", `{"attribute":"interests","op":"has_any","value":["wonen","tuinieren"]}`},
			{"Koken en mode", "Interesse in koken of mode", `{"attribute":"interests","op":"has_any","value":["koken","mode"]}`},
			{"Spaarders", "1.000 punten of meer", `{"attribute":"points","op":"gte","value":1000}`},
			{"Klikte in de laatste 60 dagen", "Wie de laatste tijd iets aanklikte", `{"engagement":"clicked","within_days":60}`},
		},
		later: "De prijs klopt niet meer: het is 89 euro in plaats van 79. En graag de nieuwe foto.", doubt: "De kop belooft meer dan de voorwaarden. Maak er ‘tot 25%’ van.",
		stopped: "Budget is op, op verzoek van de adverteerder",
		offers: []*offer{
			{advertiser: "Kaap Reizen", category: "travel", network: "daisycon", ref: "15310", contact: "Willem Dekker", email: "willem@kaapreizen.example", segment: "Reizigers en lezers",
				deals: []campaigns.Deal{percent(450, "over de reissom")}, scene: demo.Peaks, sky: color.RGBA{0xbf, 0xd9, 0xea, 0xff}, land: color.RGBA{0x2c, 0x4f, 0x6b, 0xff}, optimism: 1.4,
				promos: [2]promo{
					{"Nazomer op de Azoren", "De zon blijft nog even", "Negen groene eilanden, acht dagen, vanaf 649 euro met ontbijt. Wandelen langs kratermeren en ’s avonds vis uit de oceaan.", "Nog even naar de zon"},
					{"Wintertreinen", "Met de nachttrein naar de sneeuw", "’s Avonds instappen, ’s morgens in de bergen. Retour met ligplaats vanaf 179 euro.", "Slapend naar de sneeuw"},
				}},
			{advertiser: "Tuinhuis Twente", category: "garden", network: "tradetracker", ref: "8821", contact: "Ria Oude Voshaar", email: "ria@tuinhuistwente.example", segment: "Huis en tuin",
				deals: []campaigns.Deal{amount(campaigns.CPC, 28, "")}, scene: demo.Dunes, sky: color.RGBA{0xdd, 0xe9, 0xc9, 0xff}, land: color.RGBA{0x4d, 0x6b, 0x2f, 0xff}, optimism: 0.8,
				promos: [2]promo{
					{"Nazomer in de tuin", "Langer buiten zitten", "Houten schuilhutten, vuurschalen en dekens van wol. Deze maand thuisbezorgd zonder kosten.", "De zomer is nog niet om"},
					{"Bollenweken", "Nu planten, straks bloei", "Vijftig tulpen, narcissen en krokussen in één krat, uitgezocht op bloeitijd.", "Vijftig bollen voor 14,95"},
				}},
			{advertiser: "Lente & Linnen", category: "fashion", network: "awin", ref: "70215", contact: "Fatima El Idrissi", email: "fatima@lentelinnen.example", segment: "Koken en mode",
				deals: []campaigns.Deal{percent(900, ""), amount(campaigns.Fixed, 45_000, "plaatsing")}, scene: demo.Dunes, sky: color.RGBA{0xf4, 0xe1, 0xd4, 0xff}, land: color.RGBA{0xa3, 0x5f, 0x4b, 0xff}, optimism: 1.1,
				promos: [2]promo{
					{"Linnenweken", "Linnen dat mooier wordt", "Overhemden, jurken en lakens van Europees linnen. Twee stuks met 20 procent voordeel.", "Twee halen, 20 procent minder"},
					{"Wol en warmte", "Truien die blijven", "Van Texelse wol, gebreid in Nederland, gemaakt om door te geven.", "De warmste trui van het jaar"},
				}},
			{advertiser: "De Broodplank", category: "food", network: "direct", ref: "broodplank", contact: "Joris Meeuwis", email: "joris@broodplank.example", segment: "Spaarders",
				deals: []campaigns.Deal{amount(campaigns.CPL, 600, "per proefpakket")}, scene: demo.Lamps, sky: color.RGBA{0x3a, 0x2a, 0x20, 0xff}, land: color.RGBA{0xe8, 0xa8, 0x55, 0xff}, optimism: 1.7,
				promos: [2]promo{
					{"Proefpakket zuurdesem", "Zelf zuurdesem, zonder geduld", "Een levend desem, meel van de molen en een boekje dat niets overslaat. Proefpakket voor 9,95.", "Zondag vers brood"},
					{"Feestbakken", "Bakken voor een volle tafel", "Alles voor stol, speculaas en kransen in één doos, genoeg voor twaalf mensen.", "De oven mag aan"},
				}},
			{advertiser: "Leesrijk", category: "books", network: "tradedoubler", ref: "310877", contact: "Hanneke Prins", email: "hanneke@leesrijk.example", segment: "Reizigers en lezers",
				deals: []campaigns.Deal{percent(600, ""), amount(campaigns.CPM, 550, "per duizend bezorgd")}, scene: demo.Lamps, sky: color.RGBA{0x24, 0x2f, 0x3d, 0xff}, land: color.RGBA{0xf0, 0xc9, 0x7a, 0xff}, optimism: 0.9,
				promos: [2]promo{
					{"Boeken voor onderweg", "Drie dunne boeken", "Korte romans die precies in een treinreis passen. Drie voor 25 euro.", "Drie boeken voor in de trein"},
					{"Lange avonden", "Dikke boeken voor lange avonden", "Tien familieromans van meer dan zeshonderd bladzijden, uitgezocht door boekhandelaren.", "Het licht gaat vroeger uit"},
				}},
		},
	}
}
