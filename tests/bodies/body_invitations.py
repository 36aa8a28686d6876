# ruff: noqa: E501, RUF001 - bodies are written as programs and people write them
"""What meeting services write into a body: an invitation each, in the languages and wrappings in which it comes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from body_frames import FRAME_JUNK, FRAMES, anchor, safelink
from body_sample import Sample

LINE = "_" * 80
NOTE = ["Please read the draft first.", "Coffee is <b>provided</b>."]
NOTE_WORDS = ("read the draft", "Coffee is", "provided")

TEAMS = "https://teams.microsoft.com/l/meetup-join/19%3ameeting_Y2FsZW5kYXJz%40thread.v2/0?context=%7b%22Tid%22%3a%2284df9e7f-e9f6-40af-b435-aaaaaaaaaaaa%22%2c%22Oid%22%3a%225a3c%22%7d"
TEAMS_SHORT = "https://teams.microsoft.com/meet/23456789012345?p=Ab12Cd34Ef56Gh78Ij"
TEAMS_HOME = "https://teams.live.com/meet/9312345678901?p=Zz9Yy8Xx7"
ZOOM = "https://us02web.zoom.us/j/81234567890?pwd=QmFzZTY0UGFzc3dvcmQ.1"
WEBEX = "https://contoso.webex.com/contoso/j.php?MTID=m0123456789abcdef0123456789abcdef"
MEET = "https://meet.google.com/abc-defg-hij"
GOTO = "https://meet.goto.com/123456789"

# Heading, joining, number, passcode, help, telephone, conference number, for organizers, options.
TEAMS_WORDS: Mapping[str, Sequence[str]] = {
    "en": ("Microsoft Teams", "Join the meeting now", "Meeting ID", "Passcode", "Need help?", "Dial in by phone", "Phone conference ID", "For organizers", "Meeting options"),
    "de": ("Microsoft Teams", "Jetzt an der Besprechung teilnehmen", "Besprechungs-ID", "Kennung", "Benötigen Sie Hilfe?", "Über Telefon einwählen", "Telefonkonferenz-ID", "Für Organisatoren", "Besprechungsoptionen"),
    "fr": ("Microsoft Teams", "Rejoindre la réunion maintenant", "ID de réunion", "Code secret", "Besoin d’aide ?", "Composez le numéro", "ID de conférence", "Pour les organisateurs", "Options de réunion"),
    "es": ("Microsoft Teams", "Unirse a la reunión ahora", "Id. de reunión", "Código de acceso", "¿Necesita ayuda?", "Llamar por teléfono", "Id. de conferencia", "Para organizadores", "Opciones de reunión"),
    "pt": ("Microsoft Teams", "Ingressar na reunião agora", "ID da Reunião", "Senha", "Precisa de ajuda?", "Discar por telefone", "ID da conferência", "Para organizadores", "Opções de reunião"),
    "it": ("Microsoft Teams", "Partecipa alla riunione ora", "ID riunione", "Passcode", "Serve aiuto?", "Accesso tramite telefono", "ID conferenza", "Per gli organizzatori", "Opzioni riunione"),
    "nl": ("Microsoft Teams", "Nu deelnemen aan de vergadering", "Vergadering-id", "Wachtwoordcode", "Hulp nodig?", "Inbellen via telefoon", "Conferentie-id", "Voor organisatoren", "Vergaderopties"),
    "pl": ("Microsoft Teams", "Dołącz do spotkania teraz", "Identyfikator spotkania", "Kod dostępu", "Potrzebujesz pomocy?", "Zadzwoń", "Identyfikator konferencji", "Dla organizatorów", "Opcje spotkania"),
    "ja": ("Microsoft Teams", "今すぐ会議に参加する", "会議 ID", "パスコード", "ヘルプが必要ですか?", "電話でダイヤルイン", "電話会議 ID", "開催者向け", "会議のオプション"),
    "zh": ("Microsoft Teams", "立即加入会议", "会议 ID", "密码", "需要帮助?", "通过电话拨入", "电话会议 ID", "对于组织者", "会议选项"),
    "ar": ("Microsoft Teams", "انضم إلى الاجتماع الآن", "معرف الاجتماع", "رمز المرور", "هل تحتاج إلى مساعدة؟", "الاتصال بالهاتف", "معرف المؤتمر", "للمنظمين", "خيارات الاجتماع"),
    "tr": ("Microsoft Teams", "Toplantıya şimdi katılın", "Toplantı Kimliği", "Geçiş Kodu", "Yardıma mı ihtiyacınız var?", "Telefonla ara", "Konferans kimliği", "Düzenleyiciler için", "Toplantı seçenekleri"),
}  # fmt: skip
OLD_TEAMS_WORDS: Mapping[str, Sequence[str]] = {
    "en": ("Microsoft Teams meeting", "Join on your computer, mobile app or room device", "Click here to join the meeting", "Meeting ID", "Passcode", "Download Teams", "Or call in (audio only)", "Learn More"),
    "de": ("Microsoft Teams-Besprechung", "Nehmen Sie auf dem Computer, in der mobilen App oder im Raumgerät teil", "Hier klicken, um an der Besprechung teilzunehmen", "Besprechungs-ID", "Passcode", "Teams herunterladen", "Oder rufen Sie an (nur Audio)", "Weitere Infos"),
    "fr": ("Réunion Microsoft Teams", "Participez à partir de votre ordinateur ou de l’application mobile", "Cliquez ici pour participer à la réunion", "ID de la réunion", "Code secret", "Télécharger Teams", "Ou composer le numéro (audio seulement)", "Pour en savoir plus"),
    "es": ("Reunión de Microsoft Teams", "Únase a través de su PC o aplicación móvil", "Haga clic aquí para unirse a la reunión", "ID de la reunión", "Código de acceso", "Descargar Teams", "O bien, llamar (solo audio)", "Infórmese"),
    "cs": ("Schůzka v Microsoft Teams", "Připojte se na počítači nebo v mobilní aplikaci", "Připojte se ke schůzce kliknutím sem", "ID schůzky", "Heslo", "Stáhnout Teams", "Nebo zavolejte (jenom zvuk)", "Další informace"),
    "he": ("פגישה ב- Microsoft Teams", "הצטרף מהמחשב או מהיישום למכשירים ניידים", "לחץ כאן כדי להצטרף לפגישה", "מזהה פגישה", "קוד סיסמה", "הורד את Teams", "או התקשר (שמע בלבד)", "למידע נוסף"),
}  # fmt: skip
TEAMS_PHONE = ("+1 323-555-0166", "123 456 789#")


def new_teams(words: Sequence[str], link: str, *, phone: bool = True) -> str:
    """The block of the Teams of today, between two rules, its telephones behind a third."""
    heading, join, number, passcode, help_, dial, conference, organizers, options = words
    about_phones = f"""<div style="margin-bottom:24px"><div style="border-bottom:1px solid"></div><hr></div>
<div><span style="font-weight:600">{dial}</span></div><div>{anchor("tel:+13235550166,,123456789#", TEAMS_PHONE[0] + ",,123456789#")} <span>United States</span></div>
<div>{anchor("https://dialin.teams.microsoft.com/c0ffee?id=123456789", "…")}</div><div><span>{conference}: </span><span>{TEAMS_PHONE[1]}</span></div>"""
    return f"""<div style="margin-top:24px"><span style="white-space:nowrap;color:#5F5F5F;opacity:.36;">{LINE}</span></div>
<div class="me-email-text" style="color:#242424;font-family:'Segoe UI'" lang="en-US"><div><span style="font-size:24px">{heading}</span> {anchor("https://aka.ms/JoinTeamsMeeting?omkt=en-US", help_)}</div>
<div>{anchor(link, join)}</div>
<div><span>{number}: </span><span>234 567 890 123</span></div><div><span>{passcode}: </span><span>Ab12cD</span></div>
{about_phones if phone else ""}<div><span>{organizers}: </span>{anchor("https://teams.microsoft.com/meetingOptions/?organizerId=5a3c&tenantId=84df", options)}</div></div>
<div><span>{LINE}</span></div>"""


def old_teams(words: Sequence[str], link: str) -> str:
    """The block of an older Teams."""
    heading, how, join, number, passcode, download, call, more = words
    return f"""<br><div style="width:100%;height:20px"><span>{LINE}</span></div>
<div class="me-email-text"><div><span style="font-size:24px">{heading}</span></div><div><span>{how}</span></div>
<div>{anchor(link, join)}</div><div><span>{number}:</span> <span>234 567 890 12<br></span><span>{passcode}:</span> <span>Ab12cD</span></div>
<div>{anchor("https://www.microsoft.com/en-us/microsoft-teams/download-app", download)} | {anchor("https://www.microsoft.com/microsoft-teams/join-a-meeting", "Web")}</div>
<div><b>{call}</b></div><div>{anchor("tel:+13235550166,,123456789#", TEAMS_PHONE[0] + ",,123456789#")}</div><div>ID: {TEAMS_PHONE[1]}</div>
<div>{anchor("https://aka.ms/JoinTeamsMeeting", more)} | {anchor("https://teams.microsoft.com/meetingOptions/?x=1", "…")}</div></div>
<div><span>{LINE}</span></div>"""


TEAMS_TEXT = f"""{LINE}
Microsoft Teams Need help?<https://aka.ms/JoinTeamsMeeting?omkt=en-US>
Join the meeting now<{TEAMS}>
Meeting ID: 234 567 890 123
Passcode: Ab12cD
________________________________
Dial in by phone
+1 323-555-0166,,123456789#<tel:+13235550166,,123456789#> United States
Find a local number<https://dialin.teams.microsoft.com/c0ffee?id=123456789>
Phone conference ID: 123 456 789#
For organizers: Meeting options<https://teams.microsoft.com/meetingOptions/?x=1> | Reset dial-in PIN<https://dialin.teams.microsoft.com/usp/pstnconferencing>
{LINE}
"""


def zoom(link: str) -> str:
    """Zoom's invitation."""
    return f"""<p>Ana Diaz is inviting you to a scheduled Zoom meeting.</p><p>Join Zoom Meeting<br>{anchor(link, link)}</p>
<p>Meeting ID: 812 3456 7890<br>Passcode: 424242</p><p>---</p><p>One tap mobile<br>+13015550123,,81234567890#,,,,*424242# US (Washington DC)</p>
<p>Dial by your location<br>• +1 301 555 0123 US (Washington DC)<br>• +44 203 555 0123 United Kingdom</p><p>Find your local number: {anchor("https://us02web.zoom.us/u/kdAbcDef12", "https://us02web.zoom.us/u/kdAbcDef12")}</p>"""


def webex(link: str) -> str:
    """Webex's invitation, a table in a table."""
    return f"""<!-- cisco webex --><table width="525" cellspacing="0"><tr><td><table><tr><td style="font-size:20px">Join Webex meeting</td></tr>
<tr><td><a href="{link}" style="background:#00853C;color:white"><span>Join meeting</span></a></td></tr></table></td></tr>
<tr><td>Meeting number (access code): 2345 678 9012</td></tr><tr><td>Meeting password: aB3cD9eF</td></tr>
<tr><td>Join by phone<br>+1-415-555-0123 United States Toll<br>{anchor("https://contoso.webex.com/contoso/globalcallin.php?MTID=m1", "Global call-in numbers")}</td></tr>
<tr><td>Need help? Go to {anchor("https://help.webex.com", "https://help.webex.com")}</td></tr></table>"""


def meet(link: str) -> str:
    """Google's own block, which Google would cut out of a description."""
    line = "-::~:~::~:~:~:~:~:~:~:~:~:~:~:~:~:~:~:~:~:~:~:~:~:~:~:~:~:~:~:~:~:~:~:~:~:~:~:~::~:~::-"
    return f"""<p>{line}<br>Join with Google Meet: {anchor(link, link)}<br>Or dial: (US) +1 252-555-0123 PIN: 222333444#<br>More phone numbers: {anchor("https://tel.meet/abc-defg-hij?pin=1", "https://tel.meet/abc-defg-hij?pin=1")}<br>
Learn more about Meet at: https://support.google.com/a/users/answer/9282720<br>{line}</p>"""


def goto(link: str) -> str:
    """GoTo's invitation."""
    return f"""<p><b>Weekly review</b><br>Please join my meeting from your computer, tablet or smartphone.<br>{anchor(link, link)}</p>
<p>You can also dial in using your phone.<br>Access Code: 123-456-789<br>United States: {anchor("tel:+15715550123,,123456789#", "+1 (571) 555-0123")}</p>
<p>Get the app now and be ready when your first meeting starts: {anchor("https://meet.goto.com/install", "https://meet.goto.com/install")}</p>"""


OTHERS = {
    "teams-gov": "https://gov.teams.microsoft.us/l/meetup-join/19%3agcch%3ameeting_x%40thread.v2/0?context=%7b%7d",
    "skype-business": "https://meet.lync.com/contoso/ana/AB12CD34",
    "skype": "https://join.skype.com/AbCdEfGhIjKl",
    "zoom-personal": "https://contoso.zoom.us/my/ana.diaz",
    "zoom-webinar": "https://us06web.zoom.us/w/89898989898?tk=abc.DQYAAA",
    "zoom-gov": "https://www.zoomgov.com/j/1601234567",
    "zoom-web-client": "https://app.zoom.us/wc/81234567890/join?pwd=abc",
    "webex-personal": "https://contoso.webex.com/meet/ana",
    "webex-new": "https://contoso.webex.com/webappng/sites/contoso/meeting/info/0a1b2c?siteurl=contoso",
    "gotomeeting": "https://global.gotomeeting.com/join/123456789",
    "bluejeans": "https://bluejeans.com/123456789/1234",
    "ringcentral": "https://v.ringcentral.com/join/123456789?pw=abc",
    "chime": "https://chime.aws/1234567890",
    "whereby": "https://whereby.com/ana-diaz",
    "jitsi": "https://meet.jit.si/WeeklyReview",
    "zoho": "https://meeting.zoho.com/meeting/join?key=123456789&t=abc",
    "lark": "https://vc.larksuite.com/j/123456789",
    "tencent": "https://meeting.tencent.com/dm/AbCdEfGh",
    "slack": "https://app.slack.com/huddle/T0123/C0456",
    "facetime": "https://facetime.apple.com/join#v=1&p=abc&k=def",
}

WRAPPINGS: Mapping[str, tuple[str, str]] = {
    "safelinks": (safelink(ZOOM), ZOOM),
    "safelinks-with-a-path": (safelink(TEAMS, "/ap/t-59584e83/"), TEAMS),
    "safelinks-twice": (safelink(safelink(WEBEX)), WEBEX),
    "safelinks-of-a-government": (safelink(TEAMS_SHORT).replace("outlook.com?", "office365.us?"), TEAMS_SHORT),
    "proofpoint-2": (
        "https://urldefense.proofpoint.com/v2/url?u=https-3A__us02web.zoom.us_j_81234567890&d=DwMFaQ&c=abc&e=",
        "https://us02web.zoom.us/j/81234567890",
    ),
    "proofpoint-3": (
        "https://urldefense.com/v3/__https://meet.google.com/abc-defg-hij__;!!AbC!dEf$",
        "https://meet.google.com/abc-defg-hij",
    ),
    "google": (
        "https://www.google.com/url?q=https://meet.goto.com/123456789&sa=D&source=calendar&usg=AOv",
        "https://meet.goto.com/123456789",
    ),
}


def invitations() -> Iterator[Sample]:
    """One body each."""
    yield from _teams()
    yield from _in_frames("zoom", zoom, ZOOM, ("812 3456 7890", "424242", "+1 301 555 0123"), ("Join Zoom Meeting",))
    yield from _in_frames("webex", webex, WEBEX, ("2345 678 9012", "aB3cD9eF", "+1-415-555-0123"))
    yield from _in_frames("meet", meet, MEET, ("+1 252-555-0123", "222333444#"), ("::~",))
    yield from _in_frames("goto", goto, GOTO, ("Weekly review", "123-456-789", "+1 (571) 555-0123"))
    for name, link in OTHERS.items():
        content = FRAMES["new-outlook"]([*NOTE, f"Dial in here: {link}."], "")
        yield Sample(name=f"other-{name}", content=content, words=NOTE_WORDS, link=link)
    for name, (wrapped, link) in WRAPPINGS.items():
        content = FRAMES["word"]([*NOTE, anchor(wrapped, "Dial in here")], "")
        yield Sample(name=f"wrapped-{name}", content=content, words=NOTE_WORDS, junk=FRAME_JUNK, link=link)


def _teams() -> Iterator[Sample]:
    frames = list(FRAMES.items())
    kept = (*NOTE_WORDS, *TEAMS_PHONE, "Bring a pen")
    for n, (language, words) in enumerate(TEAMS_WORDS.items()):
        frame, write = frames[n % len(frames)]
        block = new_teams(words, safelink(TEAMS) if n % 3 else TEAMS) + "<p>Bring a pen</p>"
        gone = (words[1], f"{words[2]}: 2", words[4], words[8], "Ab12cD", "____", "aka.ms")
        yield Sample(name=f"teams-{language}-{frame}", content=write(NOTE, block), words=kept, junk=gone, link=TEAMS)
    for n, (language, words) in enumerate(OLD_TEAMS_WORDS.items()):
        frame, write = frames[n % len(frames)]
        content = write(NOTE, old_teams(words, TEAMS) + "<p>Bring a pen</p>")
        gone = (words[0], words[1], words[2], words[5], words[7], "Ab12cD", "____", "aka.ms")
        yield Sample(name=f"old-teams-{language}-{frame}", content=content, words=kept, junk=gone, link=TEAMS)
    for name, link in (("short", TEAMS_SHORT), ("home", TEAMS_HOME)):
        content = FRAMES["new-outlook"](NOTE, new_teams(TEAMS_WORDS["en"], link, phone=False))
        yield Sample(name=f"teams-{name}", content=content, words=NOTE_WORDS, junk=("Ab12cD", "____"), link=link)
    text = f"Please read the draft first.\r\n\r\n{TEAMS_TEXT}\r\nBring a pen\r\n".replace("\n", "\r\n")
    gone = ("Ab12cD", "____", "aka.ms")
    words = ("read the draft", "Bring a pen", *TEAMS_PHONE)
    yield Sample(name="teams-text", content=text, content_type="text", words=words, junk=gone, link=TEAMS)
    both = FRAMES["word"](NOTE, new_teams(TEAMS_WORDS["en"], TEAMS))
    yield Sample(
        name="teams-from-graph", content=both, words=NOTE_WORDS, junk=gone, link=TEAMS_SHORT, join_url=TEAMS_SHORT
    )
    forwarded = f"<p>{LINE}</p><p>From: Ana</p><p>Sent: Monday</p><p>Agenda: prices, people</p>"
    content = FRAMES["new-outlook"](NOTE, forwarded + new_teams(TEAMS_WORDS["en"], TEAMS))
    yield Sample(
        name="teams-forwarded", content=content, words=("From: Ana", "Agenda: prices"), junk=gone[:1], link=TEAMS
    )


def _in_frames(
    name: str, write: Callable[[str], str], link: str, words: tuple[str, ...], junk: tuple[str, ...] = ()
) -> Iterator[Sample]:
    for frame, write_frame in FRAMES.items():
        content = write_frame(NOTE, write(link))
        yield Sample(
            name=f"{name}-{frame}", content=content, words=NOTE_WORDS + words, junk=FRAME_JUNK + junk, link=link
        )
    content = write_frame(NOTE, write(safelink(link)))
    yield Sample(name=f"{name}-safelinks", content=content, words=NOTE_WORDS + words, link=link)
