package public

import (
	"fmt"
	"strings"
)

// words are what the pages say in one language.
type words struct {
	Locale string

	Unsubscribe, UnsubscribeText, UnsubscribeButton, LessMail     string
	Done, DoneText, DoneEverywhereText                            string
	Preferences, PreferencesText, Topics, TopicsText              string
	Frequency, NoLimit, Once, Times, Save, Saved                  string
	Stop, StopText, StopHere, StopEverywhere, Stopped             string
	Measuring, MeasuringText, StopMeasuring                       string
	NotFound, NotFoundText, Sorry, Trouble, Busy, Unclear, Sender string

	Home     string // at the door\'s own address
	Captured string // of a label without a route
}

var dutch = words{
	Locale:             "nl",
	Unsubscribe:        "Afmelden",
	UnsubscribeText:    "Je krijgt dan geen mail meer van %s.",
	UnsubscribeButton:  "Meld me af",
	LessMail:           "Liever minder mail, of alleen over wat je leuk vindt?",
	Done:               "Je bent afgemeld",
	DoneText:           "Je krijgt geen mail meer van %s. Dat geldt vanaf nu.",
	DoneEverywhereText: "Je krijgt van ons geen mail meer, ook niet van onze andere merken. Dat geldt vanaf nu.",
	Preferences:        "Jouw voorkeuren",
	PreferencesText:    "Kies waarover en hoe vaak %s je mag mailen.",
	Topics:             "Onderwerpen",
	TopicsText:         "Zet uit wat je niet wilt krijgen.",
	Frequency:          "Hoe vaak",
	NoLimit:            "Zo vaak als er iets is",
	Once:               "Hooguit één keer per week",
	Times:              "Hooguit %d keer per week",
	Save:               "Bewaar",
	Saved:              "Je voorkeuren zijn bewaard.",
	Stop:               "Helemaal geen mail meer",
	StopText:           "Dit werkt meteen.",
	StopHere:           "Meld me af van %s",
	StopEverywhere:     "Meld me af van al jullie merken",
	Measuring:          "Wat je opent en aanklikt",
	MeasuringText: "We onthouden wat je opent en aanklikt, zodat je mail krijgt die bij je past. Dat mag je altijd stoppen; je " +
		"mail blijft komen.",
	StopMeasuring: "Onthoud dit niet meer",
	Stopped:       "Je bent afgemeld van %s. Je krijgt nu geen mail.",
	NotFound:      "Deze link werkt niet",
	NotFoundText:  "Misschien is hij niet volledig gekopieerd. Open hem nog een keer vanuit de mail.",
	Sorry:         "Dat lukte niet",
	Trouble:       "Er ging bij ons iets mis. Probeer het over een paar minuten nog eens.",
	Busy:          "Het is even druk. Probeer het zo nog eens.",
	Unclear:       "We begrepen niet wat je koos. Ga terug en probeer het nog eens.",
	Sender:        "Afzender",
	Home:          "Hier komen de links uit onze mails uit. Open ze vanuit een mail.",
	Captured:      "Proefopstelling: mail van dit merk wordt hier opgevangen en bereikt niemand.",
}

var german = words{
	Locale:             "de",
	Unsubscribe:        "Abmelden",
	UnsubscribeText:    "Sie erhalten dann keine E-Mails mehr von %s.",
	UnsubscribeButton:  "Jetzt abmelden",
	LessMail:           "Lieber weniger E-Mails, oder nur zu Ihren Themen?",
	Done:               "Sie sind abgemeldet",
	DoneText:           "Sie erhalten keine E-Mails mehr von %s. Das gilt ab sofort.",
	DoneEverywhereText: "Sie erhalten von uns keine E-Mails mehr, auch nicht von unseren anderen Marken. Das gilt ab sofort.",
	Preferences:        "Ihre Einstellungen",
	PreferencesText:    "Wählen Sie, worüber und wie oft %s Ihnen schreiben darf.",
	Topics:             "Themen",
	TopicsText:         "Wählen Sie ab, was Sie nicht erhalten möchten.",
	Frequency:          "Wie oft",
	NoLimit:            "Sooft es etwas gibt",
	Once:               "Höchstens einmal pro Woche",
	Times:              "Höchstens %d-mal pro Woche",
	Save:               "Speichern",
	Saved:              "Ihre Einstellungen sind gespeichert.",
	Stop:               "Gar keine E-Mails mehr",
	StopText:           "Das gilt ab sofort.",
	StopHere:           "Von %s abmelden",
	StopEverywhere:     "Von allen unseren Marken abmelden",
	Measuring:          "Was Sie öffnen und anklicken",
	MeasuringText: "Wir merken uns, was Sie öffnen und anklicken, damit Sie E-Mails bekommen, die zu Ihnen passen. Das können " +
		"Sie jederzeit beenden; Ihre E-Mails kommen weiterhin.",
	StopMeasuring: "Nicht mehr merken",
	Stopped:       "Sie sind von %s abgemeldet und erhalten zurzeit keine E-Mails.",
	NotFound:      "Dieser Link funktioniert nicht",
	NotFoundText:  "Vielleicht wurde er nicht vollständig kopiert. Öffnen Sie ihn noch einmal aus der E-Mail.",
	Sorry:         "Das hat nicht geklappt",
	Trouble:       "Bei uns ist etwas schiefgegangen. Versuchen Sie es in einigen Minuten noch einmal.",
	Busy:          "Gerade ist viel los. Versuchen Sie es gleich noch einmal.",
	Unclear:       "Wir haben Ihre Auswahl nicht verstanden. Gehen Sie zurück und versuchen Sie es noch einmal.",
	Sender:        "Absender",
	Home:          "Hierher führen die Links in unseren E-Mails. Öffnen Sie sie aus einer E-Mail.",
	Captured:      "Testbetrieb: E-Mails dieser Marke werden hier aufgefangen und erreichen niemanden.",
}

var english = words{
	Locale:             "en",
	Unsubscribe:        "Unsubscribe",
	UnsubscribeText:    "You will get no more mail from %s.",
	UnsubscribeButton:  "Unsubscribe me",
	LessMail:           "Rather less mail, or only about what you like?",
	Done:               "You are unsubscribed",
	DoneText:           "You will get no more mail from %s, as of now.",
	DoneEverywhereText: "You will get no more mail from us, nor from our other brands, as of now.",
	Preferences:        "Your preferences",
	PreferencesText:    "Choose what %s may mail you about, and how often.",
	Topics:             "Topics",
	TopicsText:         "Turn off what you don't want to get.",
	Frequency:          "How often",
	NoLimit:            "Whenever there is something",
	Once:               "At most once a week",
	Times:              "At most %d times a week",
	Save:               "Save",
	Saved:              "Your preferences are saved.",
	Stop:               "No more mail at all",
	StopText:           "This takes effect at once.",
	StopHere:           "Unsubscribe from %s",
	StopEverywhere:     "Unsubscribe from all our brands",
	Measuring:          "What you open and click",
	MeasuringText: "We remember what you open and click, so that you get mail that suits you. You may stop that whenever you " +
		"like; your mail keeps coming.",
	StopMeasuring: "Don't remember it any more",
	Stopped:       "You are unsubscribed from %s and get no mail now.",
	NotFound:      "This link doesn't work",
	NotFoundText:  "Perhaps it wasn't copied whole. Open it from the mail once more.",
	Sorry:         "That didn't work",
	Trouble:       "Something went wrong on our side. Try again in a few minutes.",
	Busy:          "This is busier than usual. Try again in a moment.",
	Unclear:       "We didn't understand your choice. Go back and try again.",
	Sender:        "Sender",
	Home:          "The links in our mails lead here. Open them from a mail.",
	Captured:      "A trial: mail of this brand is caught here and reaches nobody.",
}

// wordsFor returns the words of a locale, or of the first language in an
// Accept-Language that we speak.
func wordsFor(languages string) words {
	for language := range strings.SplitSeq(languages, ",") {
		switch language, _, _ = strings.Cut(strings.TrimSpace(strings.ToLower(language)), ";"); {
		case strings.HasPrefix(language, "nl"):
			return dutch
		case strings.HasPrefix(language, "de"):
			return german
		case strings.HasPrefix(language, "en"):
			return english
		}
	}
	return english
}

// Of fills a name or number into a sentence.
func (w words) Of(sentence string, value any) string { return fmt.Sprintf(sentence, value) }
