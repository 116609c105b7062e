"""Words that carry grammar rather than content; searches leave them out."""

GERMAN = frozenset(
    """
    aber alle allem allen aller alles als also am an ander andere anderem anderen anderer
    anderes auch auf aus bei beim bereits bin bis bist da dabei dadurch dafür dagegen daher
    damit danach daran darauf daraus darf darin darüber darum das dass davon davor dazu dein
    deine deinem deinen deiner dem den denen denn der deren des dessen dich die dies diese
    dieselbe diesem diesen dieser dieses dir doch dort du durch ein eine einem einen einer eines
    einige er es etwa etwas euch euer eure für gar gegen gegenüber gewesen gibt hab habe haben
    hat hatte hatten hätte hätten hier hin hinter ich ihm ihn ihnen ihr ihre ihrem ihren ihrer
    ihres im in indem innerhalb ins inwiefern ist ja je jede jedem jeden jeder jedes jedoch jene
    jenem jenen jener jenes kann kein keine keinem keinen keiner keines können könnte könnten
    man manche mehr mein meine meinem meinen meiner mich mir mit müssen muss nach nachdem neben
    nicht noch nun nur ob oder ohne sehr sei seien sein seine seinem seinen seiner seines seit
    seitdem selbst sich sie sind so sobald sogar solche solchem solchen solcher soll sollen
    sollte sollten sondern sowie sowohl statt trotz über um und uns unser unsere unserem unseren
    unserer unter viel viele vielen vom von vor wann war waren wäre wären warum was weder weil
    welche welchem welchen welcher welches wem wen wenn wer werde werden wessen weshalb wie
    wieder wieso wieviel wieviele will wir wird wo wobei wodurch wofür wogegen woher wohin
    wollen womit woran worauf woraus worden worin worüber wovon wozu wurde wurden würde würden
    während wegen zu zudem zum zur zwar zwischen
    """.split()
)

ENGLISH = frozenset(
    """
    a about above after again against all also am an and any are as at be because been before
    being below between both but by can could did do does doing during each few for from further
    had has have having he her here hers herself him himself his how i if in into is it its
    itself just may me might more most much many must my myself no nor not of off on once only
    or other our ours out over own same shall she should so some such than that the their theirs
    them themselves then there these they this those through to too under until up upon us very
    was we were what when where which while who whom whose why will with would you your yours
    """.split()
)

BY_LANGUAGE = {"de": GERMAN, "en": ENGLISH}
ANY = GERMAN | ENGLISH
