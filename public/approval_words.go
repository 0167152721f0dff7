package public

import "keur/approval"

// approvalWords are what the client's page says in one language.
type approvalWords struct {
	Title, Intro, Subject, Preheader, Sender, Moment, Recurring, Audience, Members string
	Terms, NoTerms, Mail, Desktop, Phone, PlainText, Verdict, Explain              string
	Approve, Or, Request, Reason, ReasonHint                                       string
	Approved, ApprovedText, Requested, RequestedText, Over, OverText, Until        string
	NoReason                                                                       string
	Refused, NoLongerApproves, WorksHere, Unvouched                                string
}

// refusal says why the reader may not decide.
func (w *approvalWords) refusal(why approval.Refusal) string {
	switch why {
	case approval.WorksHere:
		return w.WorksHere
	case approval.Unvouched:
		return w.Unvouched
	}
	return w.NoLongerApproves
}

var approvalTexts = map[string]approvalWords{
	"nl": {
		Title: "Je keuring", Intro: "%s vraagt je keuring voor deze mailing. Zoals je hem hier ziet, gaat hij de deur uit.",
		Subject: "Onderwerp", Preheader: "Voorbeeldtekst", Sender: "Afzender", Moment: "Verzendmoment", Recurring: "Herhaald",
		Audience: "Doelgroep", Members: "%s leden",
		Terms: "Jullie afspraken", NoTerms: "Voor deze campagne zijn geen vergoedingen vastgelegd.", Mail: "De mailing",
		Desktop: "Op een computer", Phone: "Op een telefoon", PlainText: "Als gewone tekst",
		Verdict: "Je oordeel", Explain: "Je keurt precies dit goed: deze tekst, dit moment, deze doelgroep en deze afspraken. " +
			"Verandert er daarna iets, dan vragen we je opnieuw.",
		Approve: "Goedkeuren", Or: "Klopt er iets niet?", Request: "Wijziging vragen", Reason: "Wat moet er anders?",
		ReasonHint:   "Zo precies mogelijk: welk blok, welke tekst, welk bedrag.",
		Approved:     "Dank je, de mailing is goedgekeurd",
		ApprovedText: "We verzenden hem op het afgesproken moment, zodra ook een collega hem heeft gekeurd.",
		Requested:    "Je wijziging is doorgegeven", RequestedText: "De maker past de mailing aan en stuurt je dan een nieuwe link.",
		Over: "Deze link geldt niet meer", OverText: "De keuring is al gedaan, verlopen of ingetrokken. Je contactpersoon stuurt je " +
			"zo nodig een nieuwe link.", Until: "Graag voor %s.",
		NoReason: "Vul in wat er anders moet.",
		Refused:  "Deze mailing kan iemand anders keuren",
		NoLongerApproves: "Je staat niet meer genoteerd als iemand die voor dit bedrijf keurt. Klopt dat niet? Je " +
			"contactpersoon zet je er zo weer bij, en dan werkt deze link.",
		WorksHere: "Dit mailadres is van iemand die hier werkt, en een klant keurt altijd zelf. Laat de klant een eigen adres opgeven.",
		Unvouched: "Je bent aangemeld door wie deze mailing maakte. Eerst bevestigt een collega dat je voor dit bedrijf keurt; " +
			"daarna werkt deze link.",
	},
	"de": {
		Title: "Ihre Freigabe", Intro: "%s bittet Sie um die Freigabe dieses Mailings. So, wie Sie es hier sehen, wird es versendet.",
		Subject: "Betreff", Preheader: "Vorschautext", Sender: "Absender", Moment: "Versandzeitpunkt", Recurring: "Wiederkehrend",
		Audience: "Zielgruppe", Members: "%s Mitglieder",
		Terms: "Ihre Konditionen", NoTerms: "Für diese Kampagne ist keine Vergütung festgelegt.", Mail: "Das Mailing",
		Desktop: "Am Computer", Phone: "Auf dem Telefon", PlainText: "Als reiner Text",
		Verdict: "Ihre Entscheidung", Explain: "Sie geben genau dies frei: diesen Text, diesen Zeitpunkt, diese Zielgruppe und " +
			"diese Konditionen. Ändert sich danach etwas, fragen wir Sie erneut.",
		Approve: "Freigeben", Or: "Stimmt etwas nicht?", Request: "Änderung anfordern", Reason: "Was soll anders sein?",
		ReasonHint:   "Bitte möglichst genau: welcher Block, welcher Text, welcher Betrag.",
		Approved:     "Danke, das Mailing ist freigegeben",
		ApprovedText: "Wir versenden es zum vereinbarten Zeitpunkt, sobald es auch intern freigegeben ist.",
		Requested:    "Ihre Änderung ist weitergegeben", RequestedText: "Das Mailing wird angepasst, danach erhalten Sie einen neuen Link.",
		Over: "Dieser Link gilt nicht mehr", OverText: "Die Freigabe ist bereits erteilt, abgelaufen oder zurückgezogen. Ihr " +
			"Kontakt sendet Ihnen bei Bedarf einen neuen Link.", Until: "Bitte vor %s.",
		NoReason: "Bitte schreiben Sie, was anders sein soll.",
		Refused:  "Dieses Mailing kann jemand anderes freigeben",
		NoLongerApproves: "Sie sind nicht mehr als freigebende Person dieses Unternehmens eingetragen. Stimmt das nicht? Ihr " +
			"Kontakt trägt Sie gern wieder ein, dann gilt dieser Link.",
		WorksHere: "Diese Adresse gehört jemandem, der hier arbeitet, und ein Kunde gibt immer selbst frei. Bitte lassen Sie den " +
			"Kunden eine eigene Adresse angeben.",
		Unvouched: "Sie wurden von der Person eingetragen, die dieses Mailing erstellt hat. Zuerst bestätigt ein Kollege, dass Sie " +
			"für dieses Unternehmen freigeben; danach gilt dieser Link.",
	},
	"en": {
		Title: "Your approval", Intro: "%s asks for your approval of this mailing. It goes out as you see it here.",
		Subject: "Subject", Preheader: "Preheader", Sender: "Sender", Moment: "Moment", Recurring: "Recurring", Audience: "Audience",
		Members: "%s members",
		Terms:   "Your terms", NoTerms: "No payment is agreed for this campaign.", Mail: "The mailing", Desktop: "On a computer",
		Phone: "On a phone", PlainText: "As plain text",
		Verdict: "Your verdict", Explain: "You approve exactly this: this text, this moment, this audience and these terms. If " +
			"anything changes afterwards, we ask you again.",
		Approve: "Approve", Or: "Is something not right?", Request: "Request changes", Reason: "What should change?",
		ReasonHint:   "As exactly as you can: which block, which words, which amount.",
		Approved:     "Thank you, the mailing is approved",
		ApprovedText: "We send it at the agreed moment, as soon as a colleague has approved it too.",
		Requested:    "Your request is passed on", RequestedText: "The mailing will be changed, and then you get a new link.",
		Over: "This link is no longer valid", OverText: "The approval was given, expired or was withdrawn. Your contact sends you a " +
			"new link if need be.", Until: "Please before %s.",
		NoReason: "Say what should change.",
		Refused:  "Someone else can approve this mailing",
		NoLongerApproves: "You are no longer noted as someone who approves for this company. Is that not right? Your contact " +
			"can add you again, and then this link works.",
		WorksHere: "This address belongs to someone who works here, and a client always approves in person. Let the client give an " +
			"address of their own.",
		Unvouched: "You were added by whoever made this mailing. First a colleague confirms that you approve for this company; then " +
			"this link works.",
	},
}
