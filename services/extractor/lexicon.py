"""Words that are never a person's name, and first names that are, in plain letters."""

COMMON = frozenset(
    """
a abajo abran abre abren abri abro abrazo abrazos acabo aca aceptan acepto acuerdo ademas adelante adios agenda agendame agendar agregar
ah ahi ahora ahorita al algo alguien algun alguna algunas alguno algunos alla alli amable amiga amigo amor anda ando año años anota anotame anotar
anoto antes anular aqui aquel arreglo asi atencion atender atienden atiende aun aunque ay ayer ayuda bah baja bajo barato bastante bien
bot boluda boludo brother buen buena buenas bueno buenos buenisimo busco cada cambiar cambio cancela cancelar cancelen cara caro caros casa
casi celular che chau chica chico chicos cita citas clienta cliente clientes codigo color comida como con confirma confirmame
confirmar confirmo conmigo consulta consultar contestar contigo correo cosa cosas crear creo cual cuales cualquier cualquiera cuando
cuanta cuantas cuanto cuantos cuenta cuesta cumpleaños dale dame damos dan das dato datos de debe decime decir deci dejo deja dejame del demas
demasiado dentro depende desde despues dia dias dice digo dije dijo disculpa disculpe disponible disponibles doctor doctora doña don donde dos
dudas e el ella ellas ellos email embarazada en encanta encantada encantado encima entonces entre era eran eres es esa esas ese eso esos
esposa esposo esta estaba estamos estan estas este esten esto estos estoy excelente exacto falta familia favor fecha feliz feo fijate fin fue
fueron gay gente genia genial genio gracias gran grande gusta gustaria ha haber habia hace hacen hacer hacerme haces hacia hago han hasta hay he hermana
hermano hicieron hija hijo hijos hizo hola hombre hora horas horario horarios hoy humano ida igual ir importa info informacion ingles ir
ja jaja jajaja joven joya justo la las le lejos les libre linda lindo listo llamar llamo llego llegar llevar lo loca loco los luego lugar
luna madre mail mal mala malo mama mañana mando manda mandame mas mayor me medio mejor menor menos mensaje mes mi mia mientras mil mina
minuto minutos mio mis misma mismo momento mucha muchas mucho muchos mujer muy nada nadie ni ningun ninguna ninguno niña niño no noche nombre nos
nosotros novia novio nueva nuevo numero nunca o ok okey opcion orden ordenes otra otras otro otros padre pagar pago papa para parece parte pasa pasado
pasame pasar paso pedir pelado pelada pelo pelo pelirroja peluqueria perdon perfecto pero persona piola poco podes podria podrian podrias poner ponele poneme por porfa
porfavor porque posible precio precios prefiero pregunta preguntar prima primer primera primero primo probar pronto propia proximo proxima
prueba puede pueden puedo pues punto q que queda quedo queria quien quienes quiere quieren quiero quisiera rapido re recien recuerdas reserva
reservar reserve resto rubia rubio saber sabe saben sabes saca sacar sale salon saludos se sea segun segunda segundo seguro semana señor
señora señorita ser seria servicio servicios si siempre siento sigo sin sobre sola solo somos son sos soy su suegra suerte super sus suya tal
tambien tampoco tan tanto tarde te tel telefono temprano tendra tendran tendras tenes tenemos tener tengo tenia tia tiempo tiene tienen tienes tio tipo toda todas
todavia todo todos trabajo tu turno turnos tuyo ubicacion ultima ultimo un una unas uno unos usted ustedes va vale vamos vaya vecina vecino ven venir
ver verdad vez viaje vieja viejo viene vino vivo vos voy vuelvo y ya yo zona primeriza alergica alergico castaña morocha morocho calva calvo
nena nene bebe mascota perro gato perra gata cliente habitual frecuente asidua fan vip abogado abogada medica medico maestra estudiante jubilada jubilado
quiza quizas acaso claro obvio bueno sii sip dalee confirmado turnito venia vengo llame escribo escribi escribe cuyo dicho digamos
cancelado reservado anotado fui iba ibamos sido siendo extranjero extranjera argentino argentina uruguayo brasilera mexicana colombiana menor diabetica celiaca
lunes martes miercoles jueves viernes sabado domingo enero febrero marzo mayo junio agosto septiembre octubre noviembre diciembre
pasado mediodia medianoche arroba punto guion gmail hotmail yahoo outlook com www http https efectivo tarjeta transferencia debito credito direccion calle
the an and are at be been book booking but by call can cancel change could day do does for from get good great have hello help her here hey hi
him his how i if im in is it its just later like me mine monday tuesday wednesday thursday friday saturday sunday month morning my name need new next
nice no not of off ok okay on one open or our out phone please price sorry sure thank thanks that there this time to today tomorrow
tonight two under up us want was we week well what when where which who why will with work would yes yeah you your anytime anyone appointment afternoon
evening night haircut works fine regular customer client looking interested running late
agendar agendamento agora ainda alguem amanha aqui as ate beleza bem boa boas bom cabelo cliente com como da das de depois dia do dos e ela ele em
entao era esse essa este eu fazer fechado foi gostaria hoje horario isso ja la mais manha marcar mas me mesmo meu minha muito na nada nao nas no nome
nos novo nova o obrigado oi ola ontem os ou outra outro para pode pela pelo por posso preciso prefiro pra qual qualquer quando quanto que quem quero queria remarcar
sem sou seu seria so sua tambem tarde tem tenho ter todo tudo um uma valeu vai voce voces vou segunda terca quarta quinta sexta sabado domingo noite
anotar anotalo anotala ponelo ponlo va iria seria serian mandalo pongamos poner ponela registrar registra registralo siguiente
quiso quise equivoque correcto incorrecto mentira igualmente gracia tranqui sisi nono barba corte uñas cejas rojo azul verde negro blanco corto
larga largo medio cortita cortito seca seco graso rulos lacio hs am pm primera segunda tercera indistinto indiferente preferencia quisiera tuve tuvo puse pusieron
mañanas tardes noches ningun mandar mande mandaste pregunto pregunte entiendo entendi entiende sirve anulame sacame bajame avisame avisar aviso llamame llamen devuelvan
libres hablar hablo habla humana persona alguien operador operadora encargado encargada dueño dueña jefe jefa recepcion
""".split()
)
"""Words that are no part of a person's name when written in lower case or after "soy"."""

FIRST_NAMES = frozenset(
    """
abril adrian adriana agustin agustina aitana ailen alan alba alberto alejandra alejandro alejo alex alexis alfonso alfredo alicia alma alvaro amalia
amanda amelia amparo ana anabel analia andrea andres angel angela angeles angelica antonella antonia antonio araceli ariadna ariel armando arturo aurora azul
barbara bautista beatriz begoña belen benicio benjamin bernardo berta bianca blanca brenda brian bruna bruno camila camilo candela carina carla carlos carmen carolina
catalina cecilia celeste celia cesar clara claudia claudio constanza cristian cristina cristobal dafne daiana damian daniel daniela dante dario david debora delfina
diana diego dolores dora edgardo edith eduardo elena elias elisa elizabeth elsa emanuel emilia emiliano emilio emma enrique ernesto esmeralda esteban estela esther
eugenia eva evelyn ezequiel fabian fabiana facundo fatima fausto federica federico felicitas felipe felix fermin fernanda fernando fiorella flavia flavio
florencia francisca francisco franco gabriel gabriela gaston gerardo german gilda gimena gisela giselle gladys gloria gonzalo graciela gregorio griselda guadalupe guido guillermina
guillermo gustavo hector helena heriberto hernan hilda horacio hugo ignacio ines ingrid irene iris irma isabel isabella isaias ismael ivan ivana ivonne jacinta jaime
javier jazmin jennifer jeronimo jesica jessica jesus jimena joaquin joaquina jorge jose josefina juan juana juani juanjo julia julian juliana julieta julio karen karina karla
kevin laura lautaro leandro leila leo leon leonardo leonel leonor leticia lidia lila liliana lionel lisandro lola lorena lorenzo lourdes luana lucas lucia luciana luciano
lucila lucrecia luis luisa luisina luz macarena magali magdalena maia malena manuel manuela marcela marcelo marcia marco marcos margarita maria mariana mariano maribel mariel
mariela marina mario marisa marisol marta martha martin martina mateo matias matilde mauricio mauro maximiliano maximo mayra melina melisa melissa mercedes micaela miguel mila milagros milena
miranda mirta mirtha moira monica mora morena nadia nahuel naiara natalia nazareno nelida nelly nelson nerea nestor nicolas nicole nilda noelia noemi nora norberto norma octavio ofelia olga olivia
omar oriana orlando oscar pablo paloma pamela paola patricia patricio paula paulina paulo pedro pilar priscila ramiro ramon raquel raul rebeca renata rene ricardo roberto
rocio rodolfo rodrigo rogelio romina roman romeo roque rosa rosana rosario roxana ruben ruth sabrina salvador samanta samuel sandra santiago santino sara sebastian selena sergio silvana silvia silvina simon sofia
sol solange soledad sonia stella susana tamara tania tatiana teo teresa thiago tiago tomas trinidad ulises uriel valentin valentina valentino valeria vanesa vanessa vanina veronica
vicente victor victoria violeta virginia viviana walter wanda wilson ximena yamila yanina yesica yolanda zoe zulema
fede gabi nico santi facu pepe pancho paco tincho mati juli cami flor flopi caro vale vani sole meli mica agus nacho toto tomi rodri seba fran guille dani ale ro romi yani
pau andy ceci cele male lari naty nati pili vicky vero xime lupe rober beto tito coco chelo gonza maxi maru majo mili juampi
ana beatriz caio eduarda fabio fernanda gustavo heloisa igor joao joana leticia luana luiz luiza marcio mariana matheus nathalia otavio paulo priscila rafael rafaela renato rodrigo
thais thiago vinicius vitor yasmin larissa jessica livia raissa aline cristiane adriana marcos
john mary james linda michael susan william karen david lisa richard nancy thomas betty daniel helen matthew sandra mark donna paul carol steven ruth andrew sharon joshua michelle
kenneth emily kevin amanda brian melissa george deborah edward stephanie jason laura ryan sarah jacob cynthia gary kathleen nicholas amy eric anna jonathan hannah oliver sophie
harry charlotte jack emma chloe grace jake ben sam tom kate lucy megan rachel olivia ella peter claire alice julie heather
""".split()
)
"""First names common where we are; a lower-case word among these may begin a name."""

PARTICLES = frozenset("de del la las los da das do dos di van von der y e san santa mc mac".split())
"""Small words inside names; kept in lower case."""
