package webhooks

import (
	"context"
	"crypto/ecdsa"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"keur/internal/fault"
	"keur/tracking/bounces"
)

// sendGridKey reads a verification key, as SendGrid shows it.
func sendGridKey(text string) (*ecdsa.PublicKey, error) {
	der, err := base64.StdEncoding.DecodeString(strings.TrimSpace(text))
	if err == nil {
		if any, parsed := x509.ParsePKIXPublicKey(der); parsed == nil {
			if key, is := any.(*ecdsa.PublicKey); is {
				return key, nil
			}
		}
	}
	return nil, fault.New(fault.Invalid, "webhooks.sendgrid_key")
}

// proveSendGrid checks the signature over the moment and the post ("Getting
// Started with the Event Webhook Security Features").
func proveSendGrid(_ context.Context, h *Hooks, header http.Header, body []byte) error {
	key, err := sendGridKey(h.proofs[SendGrid])
	if err != nil {
		return err
	}
	signature, err := base64.StdEncoding.DecodeString(header.Get("X-Twilio-Email-Event-Webhook-Signature"))
	sum := sha256.Sum256(append([]byte(header.Get("X-Twilio-Email-Event-Webhook-Timestamp")), body...))
	if err != nil || !ecdsa.VerifyASN1(key, sum[:], signature) {
		return unproven()
	}
	return nil
}

// readSendGrid reads a list of events ("Event Webhook Reference"). What is
// deferred is still under way.
func readSendGrid(body []byte) ([]bounces.Report, error) {
	events, err := many[struct {
		Email, Event, Reason, Status string
		MessageID                    string `json:"smtp-id"`
	}](body)
	var reports []bounces.Report
	for _, e := range events {
		var r bounces.Report
		switch e.Event {
		case "bounce": // also those of type blocked: the words tell
			r = bounced(bounces.Notice{Recipient: e.Email, Status: e.Status, Diagnostic: e.Reason})
		case "delivered":
			r = delivered(e.Email)
		case "dropped":
			r = dropped(e.Email, e.Reason)
		case "spamreport":
			r = complained(e.Email, "abuse")
		case "unsubscribe", "group_unsubscribe":
			r = complained(e.Email, "opt-out")
		default:
			continue
		}
		r.MessageIDs = []string{e.MessageID}
		reports = append(reports, r)
	}
	return reports, err
}

// mailgunPost is what Mailgun posts ("Webhooks", "Event structure").
type mailgunPost struct {
	Signature struct{ Timestamp, Token, Signature string }
	Event     struct {
		Event, Severity, Reason, Recipient string
		Envelope                           struct{ Sender string }
		Message                            struct {
			Headers struct {
				MessageID string `json:"message-id"`
			}
		}
		Status struct {
			Code                 json.Number
			Message, Description string
			Enhanced             string `json:"enhanced-code"`
		} `json:"delivery-status"`
	} `json:"event-data"`
}

// proveMailgun checks the HMAC over the moment and the token.
func proveMailgun(_ context.Context, h *Hooks, _ http.Header, body []byte) error {
	var post mailgunPost
	if err := json.Unmarshal(body, &post); err != nil {
		return unreadable(err)
	}
	mac := hmac.New(sha256.New, []byte(h.proofs[Mailgun]))
	_, _ = mac.Write([]byte(post.Signature.Timestamp + post.Signature.Token)) // a hash never fails
	given, err := hex.DecodeString(post.Signature.Signature)
	if err != nil || !hmac.Equal(given, mac.Sum(nil)) {
		return unproven()
	}
	return nil
}

// readMailgun reads one event. A temporary failure is still under way.
func readMailgun(body []byte) ([]bounces.Report, error) {
	var post mailgunPost
	if err := json.Unmarshal(body, &post); err != nil {
		return nil, unreadable(err)
	}
	var r bounces.Report
	switch e := post.Event; {
	case e.Event == "failed" && e.Severity == "permanent" && strings.HasPrefix(e.Reason, "suppress-"):
		r = dropped(e.Recipient, e.Reason)
	case e.Event == "failed" && e.Severity == "permanent":
		text := strings.TrimSpace(e.Status.Message + " " + e.Status.Description)
		if code := e.Status.Code.String(); len(code) == 3 && !strings.HasPrefix(text, code) {
			text = code + " " + text
		}
		r = bounced(bounces.Notice{Recipient: e.Recipient, Status: e.Status.Enhanced, Diagnostic: text})
	case e.Event == "delivered":
		r = delivered(e.Recipient)
	case e.Event == "complained":
		r = complained(e.Recipient, "abuse")
	case e.Event == "unsubscribed":
		r = complained(e.Recipient, "opt-out")
	default:
		return nil, nil
	}
	r.Addresses = []string{post.Event.Envelope.Sender}
	if id := post.Event.Message.Headers.MessageID; id != "" {
		r.MessageIDs = []string{"<" + strings.Trim(id, "<>") + ">"}
	}
	return []bounces.Report{r}, nil
}

// readPostmark reads one event ("Bounce webhook", "Spam complaint webhook"). It
// gives each mail another Message-ID, so that the letter within must tell of
// which it is: it has to be asked to include that.
func readPostmark(body []byte) ([]bounces.Report, error) {
	var e struct{ RecordType, Type, Email, Details, Description, Content string }
	if err := json.Unmarshal(body, &e); err != nil {
		return nil, unreadable(err)
	}
	var r bounces.Report
	switch {
	case e.RecordType == "SpamComplaint" || e.Type == "SpamComplaint":
		r = complained(e.Email, "abuse")
	case e.Type == "Unsubscribe":
		r = complained(e.Email, "opt-out")
	case e.RecordType != "Bounce":
		return nil, nil
	case e.Type == "ManuallyDeactivated":
		r = dropped(e.Email, e.Description)
	case e.Type == "Transient" || e.Type == "AutoResponder" || e.Type == "AddressChange" || e.Type == "Subscribe":
		return nil, nil // still under way, or no failure
	default:
		r = bounced(bounces.Notice{Recipient: e.Email, Diagnostic: e.Details})
	}
	within, err := bounces.Read(strings.NewReader(e.Content))
	r.Addresses, r.MessageIDs, r.Tokens = within.Addresses, within.MessageIDs, within.Tokens
	return []bounces.Report{r}, err
}

// readKumoMTA reads records of a log ("Log Record"), one or many. The sender of
// a mail is the return path by which it is known.
func readKumoMTA(body []byte) ([]bounces.Report, error) {
	records, err := many[struct {
		Type, Sender string
		Recipient    oneOf
		Response     struct {
			Code     int
			Content  string
			Enhanced *struct{ Class, Subject, Detail int } `json:"enhanced_code"`
		}
		Feedback *struct {
			Type string   `json:"feedback_type"`
			From string   `json:"original_mail_from"`
			To   []string `json:"original_rcpt_to"`
		} `json:"feedback_report"`
	}](body)
	var reports []bounces.Report
	for _, e := range records {
		var r bounces.Report
		switch {
		case e.Type == "Bounce" || e.Type == "OOB" || e.Type == "Expiration":
			n := bounces.Notice{Recipient: string(e.Recipient), Diagnostic: e.Response.Content}
			if e.Response.Code > 0 {
				n.Diagnostic = strconv.Itoa(e.Response.Code) + " " + n.Diagnostic
			}
			if s := e.Response.Enhanced; s != nil {
				n.Status = fmt.Sprintf("%d.%d.%d", s.Class, s.Subject, s.Detail)
			}
			r = bounced(n)
		case e.Type == "Delivery":
			r = delivered(string(e.Recipient))
			r.Addresses = []string{e.Sender} // a letter that it brings to a return path says nothing of the mail that it is about
			reports = append(reports, r)
			continue
		case e.Type == "Feedback" && e.Feedback != nil:
			r = complained(strings.Join(e.Feedback.To, ", "), strings.ToLower(e.Feedback.Type))
			r.Addresses = append(r.Addresses, strings.Trim(e.Feedback.From, "<>"))
		default:
			continue
		}
		r.Addresses = append(r.Addresses, e.Sender, string(e.Recipient)) // a bounce that came back went to the return path
		reports = append(reports, r)
	}
	return reports, err
}

// oneOf is a text, or the first of a list of them.
type oneOf string

// UnmarshalJSON takes both.
func (o *oneOf) UnmarshalJSON(text []byte) error {
	list, err := many[string](text)
	if len(list) > 0 {
		*o = oneOf(list[0])
	}
	return err
}

// readGeneric reads our own form, one object or many: type (bounce, complaint,
// opt-out or delivery), and return_path or message_id of the mail; of a bounce recipient,
// status (RFC 3463) and response, the receiver's words.
func readGeneric(body []byte) ([]bounces.Report, error) {
	events, err := many[struct {
		Type, Recipient, Status, Response string
		ReturnPath                        string `json:"return_path"`
		MessageID                         string `json:"message_id"`
	}](body)
	if err != nil {
		return nil, err
	}
	var reports []bounces.Report
	for i, e := range events {
		var r bounces.Report
		switch e.Type {
		case "bounce":
			r = bounced(bounces.Notice{Recipient: e.Recipient, Status: e.Status, Diagnostic: e.Response})
		case "delivery":
			r = delivered(e.Recipient)
		case "complaint":
			r = complained(e.Recipient, "abuse")
		case "opt-out":
			r = complained(e.Recipient, "opt-out")
		default:
			return nil, fault.New(fault.Invalid, "webhooks.type", "n", i+1, "type", e.Type)
		}
		if e.ReturnPath == "" && e.MessageID == "" {
			return nil, fault.New(fault.Invalid, "webhooks.about_no_mail", "n", i+1)
		}
		r.Addresses, r.MessageIDs = []string{e.ReturnPath}, []string{e.MessageID}
		reports = append(reports, r)
	}
	return reports, nil
}
