"""Requests as Twilio sends them for WhatsApp, by what they are about; ids and numbers are made up."""

ACCOUNT = "AC" + "0" * 32
SID = "SM" + "0a" * 16
ANA = "whatsapp:+5491155551234"
SALON = "whatsapp:+14155238886"
_OTHER = "MM" + "b7" * 16
_METADATA = '{"type":"whatsapp","data":{"context":{"ProfileName":"Ana María","WaId":"5491155551234"}}}'
TEXT = {
    "SmsMessageSid": SID,
    "NumMedia": "0",
    "ProfileName": "Ana María",
    "MessageType": "text",
    "SmsSid": SID,
    "WaId": "5491155551234",
    "SmsStatus": "received",
    "Body": "Hola! Quiero un turno con Sofi el Martes a las 17",
    "To": SALON,
    "NumSegments": "1",
    "ReferralNumMedia": "0",
    "MessageSid": SID,
    "AccountSid": ACCOUNT,
    "ChannelMetadata": _METADATA,
    "From": ANA,
    "ApiVersion": "2010-04-01",
}
_URL = f"https://api.twilio.com/2010-04-01/Accounts/{ACCOUNT}/Messages/{SID}/Media/ME{'c' * 32}"
_PICTURE = {"MediaContentType0": "image/jpeg", "MediaUrl0": _URL, "MessageType": "image", "NumMedia": "1"}
REQUESTS = {
    "text": TEXT,
    "text without later fields": {
        name: value for name, value in TEXT.items() if name not in ("ChannelMetadata", "ReferralNumMedia")
    },
    "picture": {**TEXT, **_PICTURE, "Body": ""},
    "picture with a caption": {**TEXT, **_PICTURE, "Body": "Mirá, Así lo Quiero"},
    "two files": {
        **TEXT,
        **_PICTURE,
        "MediaContentType1": "application/pdf",
        "MediaUrl1": _URL,
        "NumMedia": "2",
        "MessageType": "document",
    },
    "voice note": {**TEXT, **_PICTURE, "Body": "", "MediaContentType0": "audio/ogg", "MessageType": "audio"},
    "button": {
        **TEXT,
        "MessageType": "button",
        "Body": "Confirmar",
        "ButtonText": "Confirmar",
        "ButtonPayload": "yes_1",
    },
    "list": {**TEXT, "MessageType": "interactive", "Body": "Corte", "ListId": "haircut", "ListTitle": "Corte y Body"},
    "location": {
        **TEXT,
        "MessageType": "location",
        "Body": "",
        "Latitude": "-34.6037",
        "Longitude": "-58.381",
        "Address": "Av. Corrientes 1234, To the left",
        "Label": "Body Gym",
    },
    "from an advertisement": {
        **TEXT,
        "ReferralBody": "Promo de Noviembre",
        "ReferralHeadline": "Corte y Color",
        "ReferralSourceId": "120210000000",
        "ReferralSourceType": "ad",
        "ReferralSourceUrl": "https://fb.me/2AbCdEf",
        "ReferralCtwaClid": "ARA1b2C3",
        "ReferralMediaId": "77",
    },
    "answer to a message": {
        **TEXT,
        "OriginalRepliedMessageSid": _OTHER,
        "OriginalRepliedMessageSender": SALON,
    },
    "forwarded": {**TEXT, "Forwarded": "true", "FrequentlyForwarded": "true"},
    "user name": {
        **TEXT,
        "From": "whatsapp:AR.1502576394655843",
        "ExternalUserId": "AR.1502576394655843",
        "ChannelMetadata": '{"type":"whatsapp","data":{"context":{"ExternalUserId":"AR.1502576394655843"}}}',
        "WaId": "",
    },
    "user name of an enterprise": {
        **TEXT,
        "From": "whatsapp:US.ENT.11815799212886844830",
        "ExternalUserIdentifier": "US.ENT.11815799212886844830",
    },
    "fields that nobody knows": {
        **TEXT,
        "FromCity": "Rosario",
        "NumFiles": "0",
        "ToCountry": "AR",
        "ChannelStyle": "X",
    },
}
"""Customers' messages."""
_CALLBACK = {
    "ChannelPrefix": "whatsapp",
    "ApiVersion": "2010-04-01",
    "MessageStatus": "delivered",
    "SmsSid": SID,
    "SmsStatus": "delivered",
    "ChannelInstallSid": "XE" + "d" * 32,
    "To": ANA,
    "From": SALON,
    "MessageSid": SID,
    "AccountSid": ACCOUNT,
    "ChannelToAddress": "+5491155551234",
}
CALLBACKS = {
    "delivered": _CALLBACK,
    "read": {**_CALLBACK, "MessageStatus": "read", "SmsStatus": "read", "EventType": "READ"},
    "undelivered": {
        **_CALLBACK,
        "MessageStatus": "undelivered",
        "ErrorCode": "63016",
        "ErrorMessage": "Failed to send freeform message because you are outside the allowed window",
        "ChannelStatusMessage": "Re-engagement message",
    },
    "to a user name": {**_CALLBACK, "To": "whatsapp:AR.1502576394655843"},
}
"""What became of messages of ours."""
