package history

import (
	"time"

	"keur/requests"
)

// dutchDepartments are asked by mail.
func dutchDepartments() map[string]string {
	return map[string]string{
		"Vormgeving": "vormgeving@spaarpad.example", "Techniek": "techniek@spaarpad.example", "Ledenservice": "ledenservice@spaarpad.example",
	}
}

// dutchTickets are what people of the Dutch label ask each other.
func dutchTickets() []ticket {
	return []ticket{
		{kind: requests.Task, title: "Banner van de nachttrein zonder tekst in het beeld", body: "600 pixels breed, met rust aan de linkerkant. De kop staat voortaan in de mail zelf, dan leest hij ook zonder beelden.",
			days: 6, hour: 10, by: maker, to: "Vormgeving", within: 4, about: requests.AboutCreative, of: "Kaap Reizen",
			turns: []turn{
				{5 * time.Hour, "Noor van Vormgeving", "Eerste opzet is klaar. Mag het blauw iets donkerder dan hun huisstijl? Anders valt de sneeuw weg.", ""},
				{23 * time.Hour, maker, "Graag. @Jeroen, kijk jij mee of het nog bij de vorige past?", requests.InProgress},
				{26 * time.Hour, colleague, "Past prima. Let op de marge rechts, op een telefoon wordt die krap.", ""},
			}},
		{kind: requests.Question, title: "Geldt de commissie van 4,5% ook voor groepsreizen?", body: "Willem noemde vorige week 3%. In de campagne staat 4,5% over de hele reissom.",
			days: 3, hour: 11, by: maker, to: colleague, within: 3, about: requests.AboutCampaign, of: "Kaap Reizen"},
		{kind: requests.Fault, title: "Link naar de voorwaarden geeft soms een lege pagina", body: "Ongeveer één op de vijf keer, alleen op een telefoon.",
			days: 8, hour: 14, by: maker, to: "Techniek", within: 2, about: requests.AboutMailing,
			turns: []turn{
				{4 * time.Hour, "Bas van Techniek", "Gezien. Het ligt aan de tussenopslag bij de winkel, niet bij ons. Ik heb ze gebeld.", ""},
				{43 * time.Hour, maker, "Vanmorgen rond negen uur ging het weer mis.", requests.Waiting},
			}},
		{kind: requests.Task, title: "Onderwerp voor de Bollenweken korter dan 40 tekens", body: "Op een telefoon valt de prijs er nu af. ‘Vijftig bollen voor 14,95’ is al genoeg.",
			days: 1, hour: 15, by: colleague, to: maker, within: 2, about: requests.AboutCampaign, of: "Tuinhuis Twente"},
		{kind: requests.Question, title: "Lid bestelde laarzen en kreeg geen punten", body: "Ze belde vanmorgen: besteld op dinsdagavond, na een klik in de nieuwsbrief. Graag terugbellen zodra we iets weten.",
			days: 4, hour: 9, by: admin, to: maker, within: 3, about: requests.AboutMember,
			turns: []turn{{2 * time.Hour, maker, "De klik staat er, dinsdag 19:42. Ik heb het kliknummer naar het netwerk gestuurd; daar loopt de bestelling nog als open.", requests.InProgress}}},
		{kind: requests.Idea, title: "De nieuwsbrief een uur later op vrijdag", body: "Tussen 17 en 18 uur openen leden op weg naar huis. Vier weken proberen, met de helft van de leden?",
			days: 11, hour: 16, by: colleague,
			turns: []turn{{19 * time.Hour, maker, "Goed idee. Dan wel zonder actie met een einde om middernacht.", ""}}},
		{kind: requests.Task, title: "Nieuwe contactpersoon van Leesrijk toevoegen", body: "Hanneke gaat met verlof. Tim Verkade neemt het over en keurt vanaf volgende week.",
			days: 12, hour: 13, by: maker, to: admin, within: 3, about: requests.AboutCampaign, of: "Leesrijk",
			turns: []turn{{20 * time.Hour, admin, "Staat erin. Hij kreeg een mail ter kennismaking.", requests.Done}}},
		{kind: requests.Question, title: "Klagen leden over twee mails op één dag?", body: "We willen de grens per dag op één zetten. Wat horen jullie?",
			days: 9, hour: 10, by: maker, to: "Ledenservice", within: 4,
			turns: []turn{{28 * time.Hour, "Ellen van Ledenservice", "Hooguit twee keer per week, en altijd na een nieuwsbrief en een losse mail op dezelfde dag. Eén per dag scheelt ons dus wel.", requests.Done}}},
		{kind: requests.Task, title: "Foto’s voor Feestbakken: stol en kransen", body: "Joris levert maandag. Liefst van boven gefotografeerd, op donker hout.",
			days: 2, hour: 9, by: maker, to: "Vormgeving", within: 7, about: requests.AboutCampaign, of: "De Broodplank"},
		{kind: requests.Fault, title: "Knop is slecht te lezen in de donkere weergave", body: "Bij Lente & Linnen: roze letters op grijs.",
			days: 5, hour: 11, by: colleague, to: maker, about: requests.AboutCampaign, of: "Lente & Linnen",
			turns: []turn{{3 * time.Hour, maker, "Sjabloon aangepast, ik controleer nog de telefoon.", requests.InProgress}}},
		{kind: requests.Idea, title: "Sinterklaas met drie adverteerders samen", body: "Eén mail met drie cadeaus onder de 25 euro: een boek, een deeg en een trui.",
			days: 2, hour: 17, by: colleague, to: maker, within: 12},
		{kind: requests.Task, title: "Toestemming voor het logo van de Azoren vragen", body: "Nodig voor de terugblik van de zomer.",
			days: 7, hour: 12, by: maker, to: colleague, within: 11, about: requests.AboutCampaign, of: "Kaap Reizen",
			turns: []turn{{26 * time.Hour, colleague, "Gevraagd. Willem antwoordt na het weekend.", requests.Waiting}}},
	}
}
