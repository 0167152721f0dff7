package tradetracker

import (
	"encoding/xml"
	"fmt"
	"strings"

	"keur/networks"
)

// space is the namespace of TradeTracker's service.
const space = "https://ws.tradetracker.com/soap/affiliate"

// envelope writes a call of SOAP 1.1 (§4). arguments are names and values in turn.
func envelope(method string, arguments ...argument) string {
	var b strings.Builder
	b.WriteString(`<?xml version="1.0" encoding="UTF-8"?><SOAP-ENV:Envelope` +
		` xmlns:SOAP-ENV="http://schemas.xmlsoap.org/soap/envelope/" xmlns:ns1="` + space + `"><SOAP-ENV:Body>`)
	fmt.Fprintf(&b, "<ns1:%s>", method)
	for _, a := range arguments {
		a.write(&b)
	}
	fmt.Fprintf(&b, "</ns1:%s></SOAP-ENV:Body></SOAP-ENV:Envelope>", method)
	return b.String()
}

// argument is an element with a text, or with more elements.
type argument struct {
	name   string
	text   string
	within []argument
}

func (a argument) write(b *strings.Builder) {
	fmt.Fprintf(b, "<%s>", a.name)
	if err := xml.EscapeText(b, []byte(a.text)); err != nil {
		panic(err) // a builder takes everything
	}
	for _, inner := range a.within {
		inner.write(b)
	}
	fmt.Fprintf(b, "</%s>", a.name)
}

// node is an element of an answer.
type node struct {
	XMLName xml.Name
	Attrs   []xml.Attr `xml:",any,attr"`
	Text    string     `xml:",chardata"`
	Nodes   []*node    `xml:",any"`
}

// answer is what a call came to.
type answer struct {
	body  *node            // the only element in the body
	byID  map[string]*node // what others refer to (SOAP 1.1 §5.4.1)
	fault string           // what the service says is wrong; empty: nothing
}

// parse reads an answer. PHP's servers write a value that occurs twice once, and
// refer to it from elsewhere.
func parse(text []byte) (answer, error) {
	var envelope node
	if err := xml.Unmarshal(text, &envelope); err != nil {
		return answer{}, networks.Unreadable(err)
	}
	a := answer{byID: map[string]*node{}}
	envelope.gather(a.byID)
	body := a.get(&envelope, "Body")
	if body == nil || len(body.Nodes) == 0 {
		return answer{}, networks.Unreadable(fmt.Errorf("an answer of SOAP without a body"))
	}
	a.body = body.Nodes[0]
	if a.body.XMLName.Local == "Fault" {
		a.fault = a.text(a.body, "faultstring")
		if a.fault == "" {
			a.fault = "Fault"
		}
	}
	return a, nil
}

// gather notes the elements that have an id.
func (n *node) gather(byID map[string]*node) {
	if id := n.attr("id"); id != "" {
		byID["#"+id] = n
	}
	for _, inner := range n.Nodes {
		inner.gather(byID)
	}
}

func (n *node) attr(name string) string {
	for _, a := range n.Attrs {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

// get returns the element of a name within another, or what it refers to; nil if
// there is none.
func (a answer) get(n *node, name string) *node {
	if n == nil {
		return nil
	}
	for _, inner := range n.Nodes {
		if inner.XMLName.Local == name {
			return a.meant(inner)
		}
	}
	return nil
}

func (a answer) meant(n *node) *node {
	if to := a.byID[n.attr("href")]; to != nil {
		return to
	}
	return n
}

// text returns what stands in the element of a name, empty if there is none.
func (a answer) text(n *node, name string) string {
	if found := a.get(n, name); found != nil {
		return strings.TrimSpace(found.Text)
	}
	return ""
}

// items returns the elements of the list in the answer.
func (a answer) items() []*node {
	if len(a.body.Nodes) == 0 {
		return nil
	}
	list := a.meant(a.body.Nodes[0])
	items := make([]*node, len(list.Nodes))
	for i, n := range list.Nodes {
		items[i] = a.meant(n)
	}
	return items
}

// plain returns an element as JSON has it: texts by their names, and what has
// elements of its own as an object.
func (a answer) plain(n *node, depth int) any {
	if len(n.Nodes) == 0 || depth == 0 {
		return strings.TrimSpace(n.Text)
	}
	all := make(map[string]any, len(n.Nodes))
	for _, inner := range n.Nodes {
		all[inner.XMLName.Local] = a.plain(a.meant(inner), depth-1)
	}
	return all
}
